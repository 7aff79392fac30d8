import type { Disk, Place, Size } from "./explanation.ts";

// What both renderers say with the same words.

export function fromInWords(from: readonly string[]): string {
  return from.join(", ");
}

/** Files of the same kind and mode in one line. */
export function placesInWords(places: readonly Place[]): readonly string[] {
  const byKind = new Map<string, string[]>();
  for (const { where, path, mode } of places) {
    const kind = `${where === "sensor" ? "on the sensor" : "in what build makes"} (${mode})`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), path]);
  }
  return [...byKind].map(([kind, paths]) => `${kind}: ${paths.join(", ")}`);
}

/** How large the user-data is, and of how much. */
export function sizeInWords({ form, bytes, limitBytes, fetchedBytes, sentBytes }: Size): string {
  const of =
    limitBytes === undefined ? "no limit" : `${percent(bytes, limitBytes)} % of ${number(limitBytes)}`;
  const more = fetchedBytes === undefined ? "" : `; fetches ${number(fetchedBytes)}`;
  const later = sentBytes === undefined ? "" : `; \`sensorbake apply\` sends ${number(sentBytes)} over SSH`;
  return `${number(bytes)} bytes, ${form}, ${of}${more}${later}`;
}

/** A share of it. */
export function bytesInWords(bytes: number, size: Size): string {
  return `${number(bytes)} bytes, ${Math.round((100 * bytes) / (size.limitBytes ?? size.bytes))} %`;
}

/** What takes how much, in gigabytes. */
export function diskRows(disk: Disk): readonly (readonly [what: string, much: string])[] {
  const { captureDays, captureMegabytesPerDay, archivedDays, neededGigabytes, availableGigabytes } = disk;
  const each = `${captureMegabytesPerDay} MB a day`;
  return [
    ["system", `${gigabytes(disk.systemGigabytes)}, an estimate`],
    ["captures", `${gigabytes(disk.captureGigabytes)}: ${captureDays} days of ${each}`],
    ...(archivedDays === 0
      ? []
      : ([["archives of them", `${gigabytes(disk.archiveGigabytes)}: ${archivedDays} days`]] as const)),
    ...(disk.spoolGigabytes === 0
      ? []
      : ([["spool for the SIEM", `${gigabytes(disk.spoolGigabytes)} at most`]] as const)),
    ["together", gigabytes(neededGigabytes)],
    availableGigabytes === undefined
      ? [
          "available",
          `not known: disk.size_gigabytes is not said; at ${disk.maxUsedPercent} % the oldest captures go`,
        ]
      : [
          "available",
          `${gigabytes(availableGigabytes)}: ${disk.maxUsedPercent} % of ${disk.sizeGigabytes} GB${neededGigabytes <= availableGigabytes ? "" : "; the oldest captures go earlier than the settings say"}`,
        ],
  ];
}

function gigabytes(amount: number): string {
  return `${(Math.round(amount * 10) / 10).toFixed(1)} GB`;
}

function number(count: number): string {
  return count.toLocaleString("en");
}

function percent(part: number, whole: number): number {
  return Math.ceil((100 * part) / whole);
}
