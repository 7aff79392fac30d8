import { setImmediate } from "node:timers/promises";
import { sizeBound } from "../../artifacts/size-bound.ts";
import type { TooLarge } from "../../artifacts/user-data.ts";
import { type Diagnostic, diagnose } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";
import { targets } from "../../plan/targets.ts";

/** A sensor whose user-data is too large in every form, and its size. */
export type SensorSize = { readonly sensor: SensorPlan; readonly size: TooLarge };

/** Reports the sensors whose user-data is too large for their target in every form. */
export async function sizeProblems(
  sensors: readonly SensorPlan[],
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const uncertain = sensors.filter(({ plan, secrets }) => {
    const { limitBytes } = targets[plan.target];
    return limitBytes !== undefined && (sizeBound(plan, secrets) ?? Number.POSITIVE_INFINITY) > limitBytes;
  });
  return uncertain.length === 0 ? [] : compiledSizeProblems(uncertain, signal);
}

async function compiledSizeProblems(
  sensors: readonly SensorPlan[],
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  // The compiler is loaded only for sensors that may be too large.
  const [{ compile }, { readRelease }] = await Promise.all([
    import("../../artifacts/compile.ts"),
    import("../../load/read-release.ts"),
  ]);
  const release = await readRelease();
  const found: SensorSize[] = [];
  for (const sensor of sensors) {
    // Compilation is synchronous; yield so that Ctrl-C is handled.
    await setImmediate();
    signal.throwIfAborted();
    const compiled = compile(sensor.plan, sensor.secrets, release);
    if (compiled.kind === "too-large") found.push({ sensor, size: compiled });
  }
  return tooLargeProblems(found);
}

/** One diagnostic for each target, with the names of all its sensors that are too large, and the largest files. */
export function tooLargeProblems(found: readonly SensorSize[]): readonly Diagnostic[] {
  const targets = [...new Set(found.map(({ sensor }) => sensor.plan.target))];
  return targets.flatMap((target) => {
    const group = found.filter(({ sensor }) => sensor.plan.target === target);
    const [largest] = [...group].sort((a, b) => b.size.bytes - a.size.bytes);
    return largest === undefined ? [] : [tooLarge(group, largest)];
  });
}

function tooLarge(group: readonly SensorSize[], { sensor, size }: SensorSize): Diagnostic {
  const names = group.map(({ sensor }) => sensor.plan.name).join(", ");
  const percent = Math.round((100 * size.bytes) / size.limitBytes);
  const most = size
    .contributors()
    .map(({ path, bytes }) => `${path} ${bytes}`)
    .join(", ");
  const least =
    group.length === 1
      ? `${size.bytes} bytes in its smallest form`
      : `up to ${size.bytes} bytes in its smallest form`;
  return diagnose("build/too-large", (group[0]?.sensor ?? sensor).placeOf(["target"]), {
    message: `the user-data of ${names} is ${least}, ${percent} % of the ${size.limitBytes} that ${sensor.plan.target} allows`,
    hint: `set programs_url to a web folder you control, or bake an image (sensorbake packer); the largest parts, compressed: ${most}`,
  });
}
