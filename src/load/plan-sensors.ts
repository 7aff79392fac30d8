import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { resolver } from "../plan/resolve.ts";
import { rules } from "../plan/rules.ts";
import { targets } from "../plan/targets.ts";
import { builtIn } from "../settings/defaults.ts";
import type { WrittenSettings } from "../settings/grammar.ts";
import { placeOfKey } from "../settings/locate.ts";
import { mergeDefaults, mergeSensor } from "../settings/merge.ts";
import { originOf } from "../settings/origin.ts";
import type { Tree } from "../settings/read-tree.ts";
import { sensorNames } from "../settings/sensor-names.ts";
import type { LoadOptions, SensorPlan } from "./load.ts";
import { readKeyFiles } from "./read-key-files.ts";
import { secretReader } from "./read-secrets.ts";
import type { World } from "./world.ts";

/**
 * Turns valid settings into plans: merge, resolve, rules, secrets, sensor by sensor. Sensors share inherited objects,
 * and rules see each complete sensor.
 */
export async function planSensors(
  written: WrittenSettings,
  tree: Tree,
  file: string,
  world: World,
  { readSecrets, secretsFor, only }: LoadOptions,
): Promise<{ readonly sensors: readonly SensorPlan[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { keyFiles, diagnostics: keyProblems } = await readKeyFiles(written, tree, file, world, only);
  const diagnostics: Diagnostic[] = [...keyProblems];
  const sensors: SensorPlan[] = [];
  const base = mergeDefaults(builtIn, written.defaults);
  const resolve = resolver(keyFiles);
  const withSensorName = sensorNames();
  const readSecretsOf = secretReader(file, world);

  for (const [index, sensor] of written.sensors.entries()) {
    if (only !== undefined && !only.includes(sensor.name)) continue;
    const origin = originOf(tree.root, index);
    const settings = withSensorName(mergeSensor(base, sensor));
    const { target } = settings;
    if (target === undefined) {
      diagnostics.push(
        diagnose("settings/missing-key", placeOfKey(tree.root, ["sensors", index, "target"]), {
          message: "target is missing; it decides where the first boot finds its seed",
          hint: `one of ${Object.keys(targets).join(", ")}`,
        }),
      );
      continue;
    }
    const plan = resolve({ ...settings, target });
    const findings = rules.flatMap((rule) => rule({ plan, settings, writerOf: origin.writerOf }));
    for (const { code, at, ...complaint } of findings)
      diagnostics.push(diagnose(code, origin.placeOf(at), complaint));
    if (!readSecrets || (secretsFor !== undefined && secretsFor !== target))
      sensors.push({ plan, secrets: none, placeOf: origin.placeOf });
    else {
      const { secrets, diagnostics: missing } = await readSecretsOf(
        plan,
        origin,
        readSecrets === true ? undefined : readSecrets,
      );
      diagnostics.push(...missing);
      sensors.push({ plan, secrets, placeOf: origin.placeOf });
    }
  }
  return { sensors, diagnostics };
}

const none: ReadonlyMap<string, string> = new Map();
