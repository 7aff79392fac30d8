import type { TooLarge } from "../artifacts/user-data.ts";
import { type Diagnostic, diagnose } from "../diagnostics/diagnostic.ts";
import type { SensorPlan } from "./load.ts";

/** A sensor whose user-data is too large in every form, and its size. */
export type SensorSize = { readonly sensor: SensorPlan; readonly size: TooLarge };

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
