import type { BootFiles } from "../../artifacts/boot-files.ts";
import { compile, type Release } from "../../artifacts/compile.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";
import { tooLarge } from "./size-problems.ts";

/** The boot files of a sensor whose target is a Pi, or what is wrong with it. */
export function bootFilesOf(sensor: SensorPlan, release: Release): BootFiles | Diagnostic {
  const compiled = compile(sensor.plan, sensor.secrets, release);
  if ("contributors" in compiled) return tooLarge(sensor, compiled);
  if (compiled.bootFiles === undefined)
    throw new Error(`${sensor.plan.target} has no boot partition to put files on`);
  return compiled.bootFiles;
}
