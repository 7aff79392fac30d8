import { Cron } from "croner";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { calendar, readCron, runsOn } from "../../src/values/cron-times.ts";

// croner is the oracle wherever it agrees with Debian's cron: it does not take `*` with a step for a star.

const test = suite("settings/cron-times");

const field = (minimum: number, maximum: number) =>
  fc.oneof(
    fc.constant("*"),
    fc.integer({ min: 1, max: maximum }).map((step) => `*/${step}`),
    fc
      .array(
        fc
          .tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }))
          .map(([a, b]) => (a === b ? `${a}` : `${Math.min(a, b)}-${Math.max(a, b)}`)),
        { minLength: 1, maxLength: 3 },
      )
      .map((items) => items.join(",")),
  );

test("the minutes and days of a schedule are those of another reader", () => {
  fc.assert(
    fc.property(
      field(0, 59),
      field(0, 23),
      field(1, 31),
      field(1, 12),
      field(0, 6),
      (minute, hour, day, month, weekday) => {
        const times = readCron(`${minute} ${hour} ${day} ${month} ${weekday}`);
        const domAndDow = day.startsWith("*") || weekday.startsWith("*");
        const start = Date.UTC(2026, 0, 1);
        const daily = new Cron(`0 0 ${day} ${month} ${weekday}`, { utcOffset: 0, domAndDow });
        const next = daily.nextRun(new Date(start - 1000));
        const ours = calendar().findIndex((each) => runsOn(times, each));
        const theirs = next === null ? -1 : Math.round((next.getTime() - start) / 86_400_000);
        assert.is(ours, theirs < calendar().length ? theirs : -1);
        const first = new Cron(`${minute} ${hour} * * *`, { utcOffset: 0 }).nextRun(new Date(start - 1000));
        assert.is(times.minutes[0], (first?.getUTCHours() ?? 0) * 60 + (first?.getUTCMinutes() ?? 0));
      },
    ),
    { numRuns: 200 },
  );
});

const days: readonly (readonly [schedule: string, runs: number, name: string])[] = [
  ["0 3 * * 1", 4, "on Mondays"],
  ["0 3 */2 * 1", 2, "on Mondays that are odd days"],
  ["0 3 1-31/2 * 1", 18, "on odd days and on Mondays"],
  ["0 3 13 * */2", 1, "on the 13th, where it is a Sunday, Tuesday, Thursday or Saturday"],
  ["0 3 13 * 5", 6, "on the 13th and on Fridays"],
  ["0 3 * * 7", 4, "on Sundays, which 7 means too"],
  ["0 3 * jan sun", 4, "on the Sundays of January"],
];
for (const [schedule, runs, name] of days)
  test(`"${schedule}" runs ${name}`, () => {
    const january = calendar().slice(0, 31);
    assert.is(january.filter((day) => runsOn(readCron(schedule), day)).length, runs);
  });

test.run();
