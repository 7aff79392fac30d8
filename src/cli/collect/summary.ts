import { archiveTime } from "../../backups/archive-time.ts";
import type { Collected } from "../../backups/collect.ts";
import { renderTable } from "../../ec2/render-table.ts";
import { duration } from "../shared/duration.ts";
import { size } from "../shared/progress.ts";

/** The newest archive of a sensor in the output folder. */
export type Newest = {
  readonly file: string;
  /** Negative if the sensor's clock is ahead; `undefined` if the archive's name has no date of the calendar. */
  readonly ageSeconds: number | undefined;
};

/** Finds the newest archive that a collection fetched or that existed already. */
export function newestOf({ archives }: Collected, timezone: string, now: Date): Newest | undefined {
  const [newest] = [...archives].sort((a, b) => (a.date > b.date ? -1 : 1));
  if (newest === undefined) return undefined;
  const made = archiveTime(newest.date, timezone);
  return {
    file: newest.file,
    ageSeconds: made === undefined ? undefined : Math.round((now.getTime() - made.getTime()) / 1000),
  };
}

/** The number of archives that a collection fetched. */
export function newArchives({ archives }: Collected): number {
  return archives.filter(({ what }) => what === "fetched").length;
}

/** A table with one line for each sensor. On a terminal that is too narrow for them, the names of files are left out. */
export function renderSummary(
  all: readonly Collected[],
  newest: ReadonlyMap<string, Newest>,
  width = Number.POSITIVE_INFINITY,
): string {
  const rows = all.map((one) => {
    const count = newArchives(one);
    const last = newest.get(one.sensor);
    const fetched = count === 0 ? "0" : `${count} (${size(one.bytes)})`;
    return [one.sensor, fetched, last?.file ?? "", last === undefined ? "" : ageText(last.ageSeconds)];
  });
  const table = renderTable(["SENSOR", "NEW", "NEWEST ARCHIVE", "AGE"], rows);
  if (table.split("\n").every((line) => line.length <= width)) return table;
  return renderTable(
    ["SENSOR", "NEW", "AGE"],
    rows.map(([sensor = "", fetched = "", , age = ""]) => [sensor, fetched, age]),
  );
}

function ageText(seconds: number | undefined): string {
  if (seconds === undefined) return "unknown";
  if (seconds < -60) return "in the future";
  return duration(Math.max(0, seconds));
}
