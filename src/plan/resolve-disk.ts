import type { MergedSensor } from "../settings/merge.ts";

/** The disk and its forecast. */
export type DiskPlan = {
  readonly maxUsedPercent: number;
  /** Size of the sensor's disk in gigabytes (10^9 bytes), if the settings give it. */
  readonly sizeGigabytes: number | undefined;
  /** Estimated size of a day's captures in megabytes (10^6 bytes), for the disk forecast. */
  readonly captureMegabytesPerDay: number;
};

/** Resolves the disk. */
export function resolveDisk(disk: MergedSensor["disk"]): DiskPlan {
  return {
    maxUsedPercent: disk.max_used_percent,
    sizeGigabytes: disk.size_gigabytes,
    captureMegabytesPerDay: disk.capture_megabytes_per_day,
  };
}
