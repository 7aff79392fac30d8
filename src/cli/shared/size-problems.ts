import { setImmediate } from "node:timers/promises";
import { compile } from "../../artifacts/compile.ts";
import type { TooLarge } from "../../artifacts/user-data.ts";
import { type Diagnostic, diagnose } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";

/** The sensors whose user-data no form makes small enough for their target. */
export async function sizeProblems(
  sensors: readonly SensorPlan[],
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const release = await readRelease();
  const problems: Diagnostic[] = [];
  for (const sensor of sensors) {
    // Compiling is work without a pause, in which nobody would hear a Ctrl-C.
    await setImmediate();
    signal.throwIfAborted();
    const compiled = compile(sensor.plan, sensor.secrets, release);
    if ("contributors" in compiled) problems.push(tooLarge(sensor, compiled));
  }
  return problems;
}

/** The diagnostic for user-data that fits in no form, naming what takes the most room. */
export function tooLarge({ plan, placeOf }: SensorPlan, size: TooLarge): Diagnostic {
  const percent = Math.round((100 * size.bytes) / size.limitBytes);
  const most = size.contributors.map(({ path, bytes }) => `${path} ${bytes}`).join(", ");
  return diagnose("build/too-large", placeOf(["target"]), {
    message: `the user-data of ${plan.name} is ${size.bytes} bytes at the least, ${percent} % of the ${size.limitBytes} that ${plan.target} takes`,
    hint: `say with programs_url where it can fetch its programs, or bake an image (sensorbake packer); the largest parts, compressed: ${most}`,
  });
}
