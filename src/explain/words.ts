import { thousands } from "../diagnostics/number-of.ts";
import type { Disk, Place, Size } from "./explanation.ts";
import type { Overview, Totals } from "./overview.ts";

// Texts that both renderers use.

export function fromInWords(from: readonly string[]): string {
  return from.length === 0 ? "no one" : from.join(", ");
}

/** One line for all files of the same kind and mode. */
export function placesInWords(places: readonly Place[]): readonly string[] {
  const byKind = new Map<string, string[]>();
  for (const { where, path, mode } of places) {
    const kind = `${where === "sensor" ? "on the sensor" : "in the output of build"} (${mode})`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), path]);
  }
  return [...byKind].map(([kind, paths]) => `${kind}: ${paths.join(", ")}`);
}

/** The size of the user-data and its share of the limit. */
export function sizeInWords({ form, bytes, limitBytes, fetchedBytes, sentBytes }: Size): string {
  const of =
    limitBytes === undefined ? "no limit" : `${percent(bytes, limitBytes)} % of ${thousands(limitBytes)}`;
  const more = fetchedBytes === undefined ? "" : `; the sensor downloads ${thousands(fetchedBytes)} more`;
  const later =
    sentBytes === undefined
      ? ""
      : `; \`sensorbake apply\` sends about ${thousands(Math.ceil(sentBytes / 1000))} kB more over SSH`;
  return `${thousands(bytes)} bytes, ${form}, ${of}${more}${later}`;
}

/** One feature's share of the user-data. */
export function bytesInWords(bytes: number, size: Size): string {
  const share = Math.round((100 * bytes) / (size.limitBytes ?? size.bytes));
  return `${thousands(bytes)} bytes, ${share === 0 ? "under 1" : share} %`;
}

/** The use of the disk, in gigabytes. */
export function diskRows(disk: Disk): readonly (readonly [what: string, much: string])[] {
  const { captureDays, captureMegabytesPerDay, archivedDays, neededGigabytes, availableGigabytes } = disk;
  const each = `${captureMegabytesPerDay} MB a day`;
  return [
    ["system", `${gigabytes(disk.systemGigabytes)}, an estimate`],
    ["captures", `${gigabytes(disk.captureGigabytes)}: ${captureDays} days of ${each}`],
    ...(archivedDays === 0
      ? []
      : ([["archives of captures", `${gigabytes(disk.archiveGigabytes)}: ${archivedDays} days`]] as const)),
    ...(disk.spoolGigabytes === 0
      ? []
      : ([["spool for the SIEM", `${gigabytes(disk.spoolGigabytes)} at most`]] as const)),
    ["total", gigabytes(neededGigabytes)],
    availableGigabytes === undefined
      ? [
          "available",
          `unknown, because disk.size_gigabytes is not set; above ${disk.maxUsedPercent} % the oldest captures are deleted`,
        ]
      : [
          "available",
          `${gigabytes(availableGigabytes)}: ${disk.maxUsedPercent} % of ${disk.sizeGigabytes} GB${neededGigabytes <= availableGigabytes ? "" : "; the oldest captures are deleted before keep_days"}`,
        ],
  ];
}

/** The totals of several sensors. */
export function totalRows(totals: Totals): readonly (readonly [what: string, much: string])[] {
  const { neededGigabytes, diskGigabytes, unknownDisks, sentGigabytesPerDay, price } = totals;
  const known = diskGigabytes === 0 ? "" : ` of ${gigabytes(diskGigabytes)}`;
  const unknown =
    unknownDisks === 0
      ? ""
      : `; ${unknownDisks === 1 ? "the size of one disk is" : `the sizes of ${thousands(unknownDisks)} disks are`} not known`;
  return [
    [
      "disks",
      `${gigabytes(neededGigabytes)}${known}, if everything is kept as long as the settings say${unknown}`,
    ],
    [
      "traffic",
      sentGigabytesPerDay === 0
        ? "no archives of captures are sent to a backup server"
        : `about ${gigabytes(sentGigabytesPerDay)} a day of archives of captures to backup servers`,
    ],
    ...(price === undefined ? [] : ([["price", price]] as const)),
  ];
}

/** The title of an overview. */
export function sensorsInWords({ sensors }: Pick<Overview, "sensors">): string {
  return `${thousands(sensors.length)} sensors`;
}

/** An amount of the disk. */
export function gigabytes(amount: number): string {
  return `${(Math.round(amount * 10) / 10).toFixed(1)} GB`;
}

function percent(part: number, whole: number): number {
  return Math.ceil((100 * part) / whole);
}
