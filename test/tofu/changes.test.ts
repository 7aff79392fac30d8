import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519Key } from "../support/keys.ts";
import { withTofu } from "../support/tofu.ts";
import { everyModule, type TofuEngine, tofuEngine } from "../support/tofu-engine.ts";

// How a configuration changes, in a real OpenTofu with the stand-in for the providers.

const test = suite("tofu/changes");
let engine: TofuEngine;
test.before(() => {
  engine = tofuEngine();
});
test.after(() => engine.remove());

withTofu(
  test,
  "a setting that does not concern the machine changes nothing; the others change what they name",
  async () => {
    await engine.write("all", everyModule);
    await engine.init("all");
    await engine.apply("all");
    const more = (settings: string) => everyModule.replace("delivery: ssh", `delivery: ssh\n  ${settings}`);
    const before = readFileSync(join(engine.folder, "all/sensorbake/sensors/hetzner-1/user-data"), "utf8");
    await engine.write("all", more("capture: {keep_days: 3}\n  timezone: Europe/Berlin"));
    assert.is.not(
      readFileSync(join(engine.folder, "all/sensorbake/sensors/hetzner-1/user-data"), "utf8"),
      before,
    );
    await engine.plan("all", 0);
    const changes: readonly (readonly [settings: string, changed: RegExp])[] = [
      [
        everyModule.replace("target: hetzner}", "target: hetzner, machine: {size: cx33}}"),
        /hcloud_server\.sensor\["hetzner-1"\]/,
      ],
      [everyModule.replace("198.51.100.0/24", "203.0.113.0/24"), /hcloud_firewall\.sensor\["hetzner-1"\]/],
    ];
    for (const [settings, changed] of changes) {
      await engine.write("all", settings);
      assert.match(await engine.plan("all", 2), changed);
    }
  },
);

withTofu(test, "the replacement of a machine takes the new user-data", async () => {
  const settings = (keepDays: number) => ({
    version: 1,
    defaults: { delivery: "ssh", admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] } },
    sensors: [{ name: "one", target: "digitalocean", capture: { keep_days: keepDays } }],
  });
  await engine.write("one", settings(7));
  await engine.init("one");
  await engine.apply("one");
  await engine.write("one", settings(8));
  await engine.plan("one", 0);
  const address = 'module.digitalocean.digitalocean_droplet.sensor["one"]';
  await engine.apply("one", `-replace=${address}`);
  assert.match(
    readFileSync(join(engine.folder, "one/terraform.tfstate"), "utf8"),
    'CAPTURE_KEEP_DAYS=\\"8\\"',
  );
});

test.run();
