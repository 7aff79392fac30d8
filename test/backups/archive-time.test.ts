import { suite } from "uvu";
import * as assert from "uvu/assert";
import { archiveTime } from "../../src/backups/archive-time.ts";

const test = suite("backups/archive-time");

const cases: readonly (readonly [name: string, date: string, timezone: string, want: string | undefined])[] =
  [
    ["UTC", "2026-11-24_03-00-00", "Etc/UTC", "2026-11-24T03:00:00.000Z"],
    ["a zone in summer", "2026-07-01_03-00-00", "Europe/Berlin", "2026-07-01T01:00:00.000Z"],
    [
      "the night before the clocks change",
      "2026-10-24_23-30-00",
      "Europe/Berlin",
      "2026-10-24T21:30:00.000Z",
    ],
    ["the hour after the clocks change", "2026-03-29_03-10-00", "Europe/Berlin", "2026-03-29T01:10:00.000Z"],
    ["a zone behind UTC", "2026-12-31_20-00-00", "America/Los_Angeles", "2027-01-01T04:00:00.000Z"],
    ["a zone with half an hour", "2026-01-01_00-00-00", "Asia/Kolkata", "2025-12-31T18:30:00.000Z"],
    ["a day that does not exist", "2026-02-30_03-00-00", "Etc/UTC", undefined],
    ["a month that does not exist", "9999-99-99_99-99-99", "Etc/UTC", undefined],
  ];
for (const [name, date, timezone, want] of cases)
  test(`finds the time: ${name}`, () => {
    assert.is(archiveTime(date, timezone)?.toISOString(), want);
  });

test.run();
