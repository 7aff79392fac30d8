import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseArchiveName } from "../../src/backups/archive-name.ts";
import type { Collected } from "../../src/backups/collect.ts";
import { newestOf, renderSummary } from "../../src/cli/collect/summary.ts";

const test = suite("cli/collect-summary");
const now = new Date("2026-11-24T12:00:00Z");

function collected(sensor: string, dates: readonly string[]): Collected {
  const archives = dates.flatMap((date) => {
    const name = parseArchiveName(`${sensor}_logs_${date}.zip`);
    return name === undefined ? [] : [{ ...name, what: "fetched" as const, path: "" }];
  });
  return { sensor, archives, bytes: 1000 * archives.length, incomplete: [], problems: [] };
}

const cases: readonly (readonly [name: string, dates: readonly string[], timezone: string, want: string])[] =
  [
    ["minutes", ["2026-11-24_11-30-10"], "Etc/UTC", "29 min"],
    ["hours, of the newest of several", ["2026-11-24_03-00-00", "2026-11-20_03-00-00"], "Etc/UTC", "9 h"],
    ["hours in the sensor's time zone", ["2026-11-24_03-00-00"], "Europe/Berlin", "10 h"],
    ["days", ["2026-11-20_03-00-00"], "Etc/UTC", "4 d"],
    ["a clock that is ahead", ["2027-01-01_03-00-00"], "Etc/UTC", "in the future"],
    ["a date that does not exist", ["2026-13-01_03-00-00"], "Etc/UTC", "unknown"],
    ["no archive", [], "Etc/UTC", "-"],
  ];
for (const [name, dates, timezone, want] of cases)
  test(`shows the age of the newest archive: ${name}`, () => {
    const one = collected("fra-1", dates);
    const newest = newestOf(one, timezone, now);
    const table = renderSummary([one], new Map(newest === undefined ? [] : [["fra-1", newest]]));
    const count = dates.length === 0 ? "0" : `${dates.length} (${dates.length}.0 kB)`;
    const file = dates.length === 0 ? "-" : `fra-1_logs_${dates[0]}.zip`;
    assert.equal(table.split("\n")[1]?.split(/ {2,}/), ["fra-1", count, file, want]);
  });

test("leaves out the names of files on a narrow terminal", () => {
  const one = collected("fra-1", ["2026-11-24_11-30-10"]);
  const newest = newestOf(one, "Etc/UTC", now);
  assert.ok(newest);
  const table = (width: number) => renderSummary([one], new Map([["fra-1", newest]]), width);
  assert.match(table(62), "fra-1   1 (1.0 kB)  fra-1_logs_2026-11-24_11-30-10.zip  29 min\n");
  assert.is(table(40), "SENSOR  NEW         AGE\nfra-1   1 (1.0 kB)  29 min\n");
});

test.run();
