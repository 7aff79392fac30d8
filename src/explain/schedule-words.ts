import { type CronTimes, readCron } from "../values/cron-times.ts";

/** Minutes after midnight at which a schedule of five fields runs on its days; none for `@reboot`. */
export function minutesOfDay(schedule: string): readonly number[] {
  return schedule.startsWith("@") ? [] : readCron(schedule).minutes;
}

/** A schedule in words: `every minute`, `03:00 on Mondays`. */
export function whenInWords(schedule: string): string {
  if (schedule === "@reboot") return "at each boot";
  if (schedule.startsWith("@")) return schedule;
  const days = daysInWords(readCron(schedule));
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

function daysInWords({ daysOfMonth, months, weekdays, mustFitBoth }: CronTimes): string {
  const hasWeekdays = weekdays.length < 7;
  const hasMonthdays = daysOfMonth.length < 31;
  const onWeekdays = hasWeekdays ? `on ${weekdays.map((day) => weekdayNames[day]).join(", ")}` : "";
  const onMonthdays = hasMonthdays
    ? `on day${daysOfMonth.length === 1 ? "" : "s"} ${shortened(daysOfMonth)} of the month`
    : "";
  // If one field is enough, a field that matches every day excludes none.
  const days = mustFitBoth
    ? [onWeekdays, onMonthdays].filter(Boolean).join(", but only ")
    : hasWeekdays && hasMonthdays
      ? `${onWeekdays} and ${onMonthdays}`
      : "";
  const inMonths = months.length < 12 ? `in ${months.map((month) => monthNames[month - 1]).join(", ")}` : "";
  return [days, inMonths].filter((words) => words !== "").join(" ");
}

/** `1, 3, 5, ..., 31`: abbreviates a long list with equal steps. */
function shortened(numbers: readonly number[]): string {
  const steps = new Set(numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0)));
  if (numbers.length < 6 || steps.size > 1) return numbers.join(", ");
  return `${numbers.slice(0, 3).join(", ")}, ..., ${numbers.at(-1)}`;
}

const weekdayNames = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
