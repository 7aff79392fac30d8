import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UsageError } from "../../src/cli/shared/exit.ts";
import { destinationFinder, type Whereabouts } from "../../src/cli/shared/find-destination.ts";
import type { SensorPlan } from "../../src/load/load.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("cli/find-destination");
const path = process.env.PATH;
const { signal } = new AbortController();
let folder: string;

// A stand-in: test/machines/tofu-addresses.test.ts asks OpenTofu itself.
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-tofu-"));
  const program = join(folder, "tofu");
  await writeFile(program, `#!/bin/sh\nprintf '{"${examplePlan.name}": "192.0.2.3"}'\n`);
  await chmod(program, 0o755);
  process.env.PATH = `${folder}:${path}`;
});
test.after(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

const sensor = (address: string | undefined, name = examplePlan.name): SensorPlan => ({
  plan: { ...examplePlan, name, address },
  secrets: new Map(),
  placeOf: () => {
    throw new Error("no problem is reported");
  },
});

const cases: readonly (readonly [string, Whereabouts, SensorPlan, string | undefined])[] = [
  ["--address before the settings", { address: "192.0.2.1" }, sensor("192.0.2.2"), "192.0.2.1"],
  ["OpenTofu's outputs before the settings", { tofu: "." }, sensor("192.0.2.2"), "192.0.2.3"],
  [
    "the settings for a sensor that is not in the outputs",
    { tofu: "." },
    sensor("192.0.2.2", "other"),
    "192.0.2.2",
  ],
  ["the address of the settings", {}, sensor("192.0.2.2"), "192.0.2.2"],
  ["no address", {}, sensor(undefined), undefined],
];
for (const [name, options, one, want] of cases)
  test(`uses ${name}`, async () => {
    const to = want && { user: "analyst", address: want, port: 12222 };
    const find = await destinationFinder(options, [one], signal);
    assert.equal(await find(one.plan), to);
  });

const refused: readonly (readonly [string, Whereabouts, RegExp])[] = [
  ["--address for several sensors", { address: "192.0.2.1" }, /^--address applies to one sensor/],
  [
    "an address in --login for several sensors",
    { login: "192.0.2.1" },
    /^an address in --login applies to one sensor/,
  ],
  ["--address with --tofu", { address: "192.0.2.1", tofu: "." }, /^--address and --tofu both/],
  ["--login with --tofu", { login: "192.0.2.1", tofu: "." }, /^--login and --tofu both/],
  ["--login with --address", { login: "192.0.2.1", address: "192.0.2.2" }, /^--login and --address both/],
];
for (const [name, options, message] of refused)
  test(`refuses ${name}`, async () => {
    const two = [sensor(undefined), sensor("192.0.2.2")];
    try {
      await destinationFinder(options, Object.keys(options).length === 1 ? two : two.slice(1), signal);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return;
    }
    assert.unreachable();
  });

test.run();
