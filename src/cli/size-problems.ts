import { compile } from "../artifacts/compile.ts";
import type { TooLarge } from "../artifacts/user-data.ts";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import { targets } from "../plan/targets.ts";
import type { Loaded, SensorPlan } from "../settings/load.ts";
import { readKit } from "./kit.ts";

/** The sensors whose user-data no form makes small enough; only those whose target has a limit are compiled. */
export async function sizeProblems(loaded: Loaded): Promise<readonly Diagnostic[]> {
  const limited = loaded.sensors.filter(({ plan }) => targets[plan.target].limitBytes !== undefined);
  if (limited.length === 0) return [];
  const kit = await readKit();
  return limited.flatMap((sensor) => {
    const compiled = compile(sensor.plan, sensor.secrets, kit);
    return "contributors" in compiled ? [tooLarge(sensor, compiled)] : [];
  });
}

/** The diagnostic for user-data that fits in no form, naming what takes the most room. */
export function tooLarge({ plan, placeOf }: SensorPlan, size: TooLarge): Diagnostic {
  const percent = Math.round((100 * size.bytes) / size.limitBytes);
  const most = size.contributors.map(({ path, bytes }) => `${path} ${bytes}`).join(", ");
  return diagnose("build/too-large", placeOf(["target"]), {
    message: `the user-data of ${plan.name} is ${size.bytes} bytes at the least, ${percent} % of the ${size.limitBytes} that ${plan.target} takes`,
    hint: `the largest parts, compressed: ${most}`,
  });
}
