import type { BootFiles } from "../../artifacts/boot-files.ts";
import { compile, type Release } from "../../artifacts/compile.ts";
import type { SensorPlan } from "../../load/load.ts";

/** The boot files of a sensor whose target is a Pi. */
export function bootFilesOf(sensor: SensorPlan, release: Release): BootFiles {
  const compiled = compile(sensor.plan, sensor.secrets, release);
  if (compiled.kind === "too-large") throw new Error(`${sensor.plan.target} has no limit`);
  if (compiled.bootFiles === undefined)
    throw new Error(`${sensor.plan.target} has no boot partition to put files on`);
  return compiled.bootFiles;
}
