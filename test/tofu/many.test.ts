import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519Key } from "../support/keys.ts";
import { withTofu } from "../support/tofu.ts";
import { type TofuEngine, tofuEngine } from "../support/tofu-engine.ts";

// Many sensors in one configuration, in a real OpenTofu with the stand-in for the providers.

const test = suite("tofu/many");
let engine: TofuEngine;
test.before(() => {
  engine = tofuEngine();
});
test.after(() => engine.remove());

withTofu(test, "300 sensors are one plan with one firewall, and the second plan is empty", async () => {
  const sensors = Array.from({ length: 300 }, (_, index) => ({ name: `s-${index}`, target: "hetzner" }));
  const admin = { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] };
  await engine.write("many", { version: 1, defaults: { delivery: "ssh", admin }, sensors });
  await engine.init("many");
  assert.match(await engine.plan("many", 2, "-out=first"), "Plan: 601 to add, 0 to change, 0 to destroy.");
  await engine.apply("many", "first");
  await engine.plan("many", 0);
});

test.run();
