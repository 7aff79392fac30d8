import type { BootFiles, ImageKind } from "../artifacts/boot-files.ts";
import { compile, type Kit } from "../artifacts/compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { OsName } from "../plan/plan.ts";
import type { SensorPlan } from "../settings/load.ts";
import { UsageError } from "./end.ts";
import { tooLarge } from "./size-problems.ts";

/** A sensor's boot files, or what is wrong with it. */
export function bootFilesOf(sensor: SensorPlan, kit: Kit): BootFiles | Diagnostic {
  const compiled = compile(sensor.plan, sensor.secrets, kit);
  if ("contributors" in compiled) return tooLarge(sensor, compiled);
  const fits = kinds[sensor.plan.os];
  if (fits === undefined) throw new UsageError(`there are no boot files for ${sensor.plan.os} yet`);
  const files = compiled.artifacts.filter(({ path }) => seedFiles.includes(path));
  const metaData = String(files.find(({ path }) => path === "meta-data")?.content);
  const id = metaData.match(/^instance-id: "?([\w-]+)"?$/m)?.[1];
  if (id === undefined) throw new Error("meta-data without an instance-id");
  // The same id in both places: cloud-init then knows at each start that it is still the same instance.
  return { fits: [fits], files, cmdline: [`ds=nocloud;i=${id}`], config: [] };
}

const seedFiles = ["user-data", "meta-data", "network-config"];

const kinds: Partial<Record<OsName, ImageKind>> = {
  "raspios-13": "raspios-13",
  "ubuntu-24.04": "ubuntu",
  "ubuntu-26.04": "ubuntu",
};
