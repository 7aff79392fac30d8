import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../src/artifacts/compile.ts";
import { sizeBound } from "../../src/artifacts/size-bound.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { arbitrarySettings, settingsText } from "../support/arbitrary-settings.ts";
import { examplePlan } from "../support/example-plan.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("artifacts/size-bound");
const release = await readRelease();

function sizeOf(plan: Plan, secrets: ReadonlyMap<string, string>): number {
  const compiled = compile(plan, secrets, release);
  return compiled.kind === "too-large" ? compiled.bytes : compiled.userData.bytes;
}

test("the user-data of any settings is at most as large as the bound", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySettings, fc.boolean(), async (document, fromUrl) => {
      const { sensors } = await loadSettings("s.yaml", virtualWorld({ "s.yaml": settingsText(document) }), {
        readSecrets: true,
      });
      for (const { plan, secrets } of sensors.slice(0, 1)) {
        // Where the whole payload surely does not fit, so that it is as small as it can be.
        const small: Plan = {
          ...plan,
          target: "ec2",
          piBoot: undefined,
          delivery: fromUrl ? "auto" : "ssh",
          programsUrl: fromUrl ? "https://files.example.org/sensors" : undefined,
        };
        assert.ok(sizeOf(small, secrets) <= (sizeBound(small, secrets) ?? 0), JSON.stringify(small));
      }
    }),
    { numRuns: 20 },
  );
});

test("the bound is near enough to say that a usual sensor fits the smallest target", () => {
  const usual: Plan = { ...examplePlan, target: "ec2", delivery: "auto", programsUrl: undefined };
  const bound = sizeBound(usual, new Map()) ?? Number.POSITIVE_INFINITY;
  assert.ok(bound < 16_384, `${bound} bytes`);
});

test("there is no bound where the programs must be in the user-data", () => {
  const plan: Plan = { ...examplePlan, delivery: "user-data", programsUrl: undefined };
  assert.is(sizeBound(plan, new Map()), undefined);
});

test.run();
