import type { Plan } from "./plan.ts";

/** Estimated size of Debian with a sensor's packages and logs, in gigabytes. */
const systemGigabytes = 4;

/** The disk use if everything is kept as long as the settings say; gigabytes are 10^9 bytes. */
export type Forecast = {
  readonly systemGigabytes: number;
  readonly captureGigabytes: number;
  /** Archives of captures; 0 when captures are not archived. */
  readonly archiveGigabytes: number;
  /** Days that archives of captures are kept. */
  readonly archivedDays: number;
  /** Maximum size of the spool for the SIEM; 0 without a SIEM. */
  readonly spoolGigabytes: number;
  readonly neededGigabytes: number;
  /** The usable part of the disk; `undefined` if the settings do not give its size. */
  readonly availableGigabytes: number | undefined;
};

/**
 * Counts an archive of a day's captures as large as the captures, because most honeypot traffic does not compress.
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
