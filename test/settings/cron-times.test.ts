import { Cron } from "croner";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { calendar, everRuns, readCron, runsOn } from "../../src/values/cron-times.ts";

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
        assert.is(everRuns(times), ours !== -1);
        const first = new Cron(`${minute} ${hour} * * *`, { utcOffset: 0 }).nextRun(new Date(start - 1000));
        assert.is(times.minutes[0], (first?.getUTCHours() ?? 0) * 60 + (first?.getUTCMinutes() ?? 0));
      },
    ),
    { numRuns: 200 },
  );
});

test("the calendar is that of the clock", () => {
  const clock = Array.from({ length: 28 * 365 + 7 }, (_, index) => {
    const date = new Date(Date.UTC(2026, 0, 1 + index));
    return { month: date.getUTCMonth() + 1, dayOfMonth: date.getUTCDate(), weekday: date.getUTCDay() };
  });
  assert.equal(calendar(), clock);
});

const rarely: readonly (readonly [schedule: string, runs: boolean])[] = [
  ["0 3 29 2 *", true],
  ["0 3 29 2 */7", true],
  ["0 3 30 2 *", false],
  ["0 3 30 2 1", true],
  ["0 3 31 4,6,9,11 *", false],
];
for (const [schedule, runs] of rarely)
  test(`"${schedule}" ${runs ? "runs some day" : "never runs"}`, () => {
    assert.is(everRuns(readCron(schedule)), runs);
    assert.is(
      calendar().some((day) => runsOn(readCron(schedule), day)),
      runs,
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
