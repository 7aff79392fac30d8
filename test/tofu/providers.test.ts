import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { everyModule, type TofuEngine, tofuEngine } from "../support/tofu-engine.ts";

// Providers that test/tofu/go/build-providers.sh builds from their own sources, at the versions that the modules pin.
// `validate` and the mocks of `tofu test` use their schemas and ask no server.

const programs = Object.fromEntries(
  ["digitalocean", "hetzner", "libvirt", "linode", "proxmox", "vultr"].map((module) => [
    module,
    resolve(".cache/tofu/providers", module),
  ]),
);
const withProviders = needs(...Object.values(programs), resolve(".cache/tofu/tofu"));

const test = suite("tofu/providers");
let engine: TofuEngine;
test.before(() => {
  engine = tofuEngine(programs);
});
test.after(() => engine.remove());

withProviders(test, "the providers' own schemas accept the modules, without a warning", async () => {
  await engine.write("all", everyModule);
  mkdirSync(join(engine.folder, "all/tests"), { recursive: true });
  const tests = "sensors.tftest.hcl";
  writeFileSync(join(engine.folder, "all/tests", tests), readFileSync(`test/tofu/${tests}`));
  await engine.init("all");
  const validated = await engine.tofu("all", ["validate", "-no-color"]);
  assert.is(validated.trim(), "Success! The configuration is valid.");
  const tested = await engine.tofu("all", ["test", "-no-color"]);
  assert.match(tested, "1 passed, 0 failed.");
  assert.not.match(tested, "Warning");
});

test.run();
