import { setImmediate } from "node:timers/promises";
import { sizeBound } from "../../artifacts/size-bound.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";
import { type SensorSize, tooLargeProblems } from "../../load/too-large.ts";
import { targets } from "../../plan/targets.ts";
import type { Context } from "./context.ts";
import { counted } from "./progress.ts";

/** Reports the sensors whose user-data is too large for their target in every form. */
export async function sizeProblems(
  sensors: readonly SensorPlan[],
  context: Context,
): Promise<readonly Diagnostic[]> {
  const uncertain = sensors.filter(({ plan, secrets }) => {
    const { limitBytes } = targets[plan.target];
    return limitBytes !== undefined && (sizeBound(plan, secrets) ?? Number.POSITIVE_INFINITY) > limitBytes;
  });
  return uncertain.length === 0 ? [] : compiledSizeProblems(uncertain, context);
}

async function compiledSizeProblems(
  sensors: readonly SensorPlan[],
  { streams, signal }: Context,
): Promise<readonly Diagnostic[]> {
  // The compiler is loaded only for sensors that may be too large.
  const [{ compile }, { readRelease }] = await Promise.all([
    import("../../artifacts/compile.ts"),
    import("../../load/read-release.ts"),
  ]);
  const release = await readRelease();
  const found: SensorSize[] = [];
  for (const sensor of counted(sensors, "compiling", "sensors", streams.status)) {
    // Compilation is synchronous; yield so that Ctrl-C is handled.
    await setImmediate();
    signal.throwIfAborted();
    const compiled = compile(sensor.plan, sensor.secrets, release);
    if (compiled.kind === "too-large") found.push({ sensor, size: compiled });
  }
  return tooLargeProblems(found);
}
