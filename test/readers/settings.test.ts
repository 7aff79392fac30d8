import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Artifact, bytesOf } from "../../src/artifacts/artifact.ts";
import { denseConfig, packedConfig, readableConfig } from "../../src/artifacts/cloud-config.ts";
import { compact } from "../../src/artifacts/compact.ts";
import { environment } from "../../src/artifacts/environment.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";
import { loadSettings, type SensorPlan } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { WrittenSettings } from "../../src/settings/grammar.ts";
import { arbitrarySettings, settingsText } from "../support/arbitrary-settings.ts";
import { needs } from "../support/needs.ts";
import { filesByPython, hex, readByShell } from "../support/readers.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// The readers of the compiled files find the intended values, for arbitrary settings.

const test = suite("readers/settings");
const { templates } = await readRelease();
const build = { sensor: "x", target: "nocloud", sensorbake: "0", settings_digest: "0" };

needs("python3")(
  test,
  "Python's YAML finds every file of the payload, byte for byte, in each text form",
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySettings, async (document) => {
        for (const { plan, secrets } of await sensorsOf(document)) {
          const files = payload(plan, secrets, templates, build);
          const wanted = (some: readonly Artifact[]) =>
            Object.fromEntries(some.map((file) => [file.path, [file.mode, hex(bytesOf(file))]]));
          const forms = [
            readableConfig(plan, files),
            packedConfig(plan, files, templates),
            denseConfig(plan, files, templates),
          ];
          const small = wanted(files.map(compact));
          assert.equal(filesByPython(forms.map((form) => stringifyYaml(form))), [
            wanted(files),
            small,
            small,
          ]);
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  },
);

for (const shell of ["bash", "dash"])
  needs(shell)(
    test,
    `${shell} reads the environment file back as the plan has it, and runs nothing`,
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitrarySettings, async (document) => {
          for (const { plan, secrets } of await sensorsOf(document)) {
            const file = payload(plan, secrets, templates, build).find(
              ({ path }) => path === "/etc/default/honeypot",
            );
            assert.equal(readByShell(shell, String(file?.content)), Object.fromEntries(environment(plan)));
          }
        }),
        { numRuns: 25, seed: 1 },
      );
    },
  );

async function sensorsOf(document: WrittenSettings): Promise<readonly SensorPlan[]> {
  const outside = virtualWorld({ "s.yaml": settingsText(document) });
  return (await loadSettings("s.yaml", outside, { readSecrets: true })).sensors;
}

test.run();
