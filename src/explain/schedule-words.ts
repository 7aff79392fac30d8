import { Cron } from "croner";

/** Minutes after midnight at which a schedule of five fields runs, on a day on which it does; none for `@reboot`. */
export function minutesOfDay(schedule: string): readonly number[] {
  if (schedule.startsWith("@")) return [];
  const [minute = "", hour = ""] = schedule.split(/\s+/);
  return runsWithin(`${minute} ${hour} * * *`, "2026-01-01", 1).map(
    (run) => run.getUTCHours() * 60 + run.getUTCMinutes(),
  );
}

/** A schedule as a person says it: `every minute`, `03:00 on Mondays`. */
export function whenInWords(schedule: string): string {
  if (schedule === "@reboot") return "at each start";
  if (schedule.startsWith("@")) return schedule;
  const [, , day = "*", month = "*", weekday = "*"] = schedule.split(/\s+/);
  const days = daysInWords(day, month, weekday);
  return `${timesInWords(minutesOfDay(schedule))}${days === "" ? "" : ` ${days}`}`;
}

/** Minutes after midnight as a clock shows them. */
export function clockTime(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const minutesPerDay = 1440;

function timesInWords(minutes: readonly number[]): string {
  if (minutes.length === minutesPerDay) return "every minute";
  const gap = (minutes[1] ?? 0) - (minutes[0] ?? 0);
  const isEven =
    minutes.length > 6 &&
    minutes.every((minute, index) => index === 0 || minute - (minutes[index - 1] ?? 0) === gap) &&
    minutes.length * gap === minutesPerDay;
  if (isEven && gap === 60) return `every hour at :${clockTime(minutes[0] ?? 0).slice(3)}`;
  if (isEven && gap < 60 && minutes[0] === 0) return `every ${gap} minutes`;
  if (minutes.length <= 6) return minutes.map(clockTime).join(", ");
  return `${minutes.length} times from ${clockTime(minutes[0] ?? 0)} to ${clockTime(minutes.at(-1) ?? 0)}`;
}

// cron takes a day that fits either field when both the day of the month and that of the week are said.
function daysInWords(day: string, month: string, weekday: string): string {
  const days = [
    ...(weekday === "*" ? [] : [`on ${weekdaysOf(weekday)}`]),
    ...(day === "*" ? [] : [`on day ${day} of the month`]),
  ].join(" and ");
  const months = month === "*" ? "" : `in ${monthsOf(month)}`;
  return [days, months].filter((words) => words !== "").join(" ");
}

function weekdaysOf(field: string): string {
  const names = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
  // 2026-01-05 is a Monday.
  const runs = runsWithin(`0 0 * * ${field}`, "2026-01-05", 7);
  return runs.map((run) => names[run.getUTCDay()]).join(", ");
}

function monthsOf(field: string): string {
  const runs = runsWithin(`0 0 1 ${field} *`, "2026-01-01", 365);
  return runs.map((run) => run.toLocaleString("en", { month: "long", timeZone: "UTC" })).join(", ");
}

// In UTC, as the fields mean the sensor's own clock, whatever that is.
function runsWithin(schedule: string, from: string, days: number): readonly Date[] {
  const start = Date.parse(`${from}T00:00:00Z`);
  const cron = new Cron(schedule, { utcOffset: 0 });
  const runs: Date[] = [];
  for (let last = start - 1000; ; ) {
    const next = cron.nextRun(new Date(last));
    if (next === null || next.getTime() >= start + days * 86_400_000) return runs;
    runs.push(next);
    last = next.getTime();
  }
}
