import type { Plan } from "./plan.ts";

/** What a Debian with a sensor's packages and logs occupies, in gigabytes: an estimate. */
const systemGigabytes = 4;

/** How much of the disk will be used when everything is kept as long as the settings say; gigabytes are 10^9 bytes. */
export type Forecast = {
  readonly systemGigabytes: number;
  readonly captureGigabytes: number;
  /** Archives of captures; 0 when captures are not archived. */
  readonly archiveGigabytes: number;
  /** Days that archives of captures are kept. */
  readonly archivedDays: number;
  /** What may wait for the SIEM; 0 without one. */
  readonly spoolGigabytes: number;
  readonly neededGigabytes: number;
  /** What may be used of the disk; `undefined` when the settings do not say how large it is. */
  readonly availableGigabytes: number | undefined;
};

/**
 * An archive of a day's captures counts as much as the captures: most of what a honeypot sees does not compress.
 * Pure arithmetic on the settings.
 */
export function forecast({
  capture,
  backup,
  disk,
  siem,
}: Pick<Plan, "capture" | "backup" | "disk" | "siem">): Forecast {
  const archivedDays = backup.sets.includes("dumps") ? backup.keepDays : 0;
  const gigabytes = (days: number) => (days * disk.captureMegabytesPerDay) / 1000;
  const spoolGigabytes = (siem?.spoolMegabytes ?? 0) / 1000;
  return {
    systemGigabytes,
    captureGigabytes: gigabytes(capture.keepDays),
    archiveGigabytes: gigabytes(archivedDays),
    archivedDays,
    spoolGigabytes,
    neededGigabytes: gigabytes(capture.keepDays + archivedDays) + systemGigabytes + spoolGigabytes,
    availableGigabytes:
      disk.sizeGigabytes === undefined ? undefined : (disk.sizeGigabytes * disk.maxUsedPercent) / 100,
  };
}
