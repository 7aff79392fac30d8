import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UsageError } from "../../src/cli/shared/exit.ts";
import { destinationFinder } from "../../src/cli/shared/find-destination.ts";
import type { SensorPlan } from "../../src/load/load.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("cli/find-destination");

const sensor = (address: string | undefined): SensorPlan => ({
  plan: { ...examplePlan, address },
  secrets: new Map(),
  placeOf: () => {
    throw new Error("no problem is reported");
  },
});

const cases: readonly (readonly [string, string | undefined, string | undefined, string | undefined])[] = [
  ["--address before the settings", "192.0.2.1", "192.0.2.2", "192.0.2.1"],
  ["the address of the settings", undefined, "192.0.2.2", "192.0.2.2"],
  ["no address", undefined, undefined, undefined],
];
for (const [name, given, written, want] of cases)
  test(`uses ${name}`, async () => {
    const one = sensor(written);
    const to = want && { user: "analyst", address: want, port: 12222 };
    assert.equal(await destinationFinder(given, [one])(one.plan), to);
  });

test("refuses --address for several sensors", () => {
  const two = [sensor(undefined), sensor("192.0.2.2")];
  assert.throws(
    () => destinationFinder("192.0.2.1", two),
    (error: unknown) => error instanceof UsageError,
  );
});

test.run();
