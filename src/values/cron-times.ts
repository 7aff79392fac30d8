import { cronFields, numbersOf } from "./cron-fields.ts";

/** The times of a schedule of five cron fields. */
export type CronTimes = {
  /** Minutes after midnight of the runs of a day, ascending. */
  readonly minutes: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** From 1. */
  readonly months: readonly number[];
  /** From 0, Sunday. */
  readonly weekdays: readonly number[];
  /** Whether a day must match both day fields; otherwise one of them is enough. */
  readonly mustFitBoth: boolean;
  readonly isDaily: boolean;
};

/** A day of the calendar. */
export type CalendarDay = { readonly month: number; readonly dayOfMonth: number; readonly weekday: number };

/**
 * Reads five well-formed fields as Debian's cron does. A day field that begins with a star counts as a star, so that
 * `*`, also with a step, must match together with the other field (cron's entry.c, DOM_STAR).
 */
export function readCron(schedule: string): CronTimes {
  const known = readings.get(schedule);
  if (known !== undefined) return known;
  const fields = schedule.split(/\s+/);
  const [minutes = [], hours = [], daysOfMonth = [], months = [], weekdays = []] = cronFields.map(
    (field, index) => numbersOf(fields[index] ?? "*", field),
  );
  const mustFitBoth = [fields[2], fields[4]].some((field) => field?.startsWith("*"));
  const everyMonthday = daysOfMonth.length === 31;
  const everyWeekday = weekdays.length === 7;
  const times = {
    minutes: hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute)),
    daysOfMonth,
    months,
    weekdays,
    mustFitBoth,
    isDaily:
      months.length === 12 && (mustFitBoth ? everyMonthday && everyWeekday : everyMonthday || everyWeekday),
  };
  readings.set(schedule, times);
  return times;
}

// Thousands of sensors share their schedules.
const readings = new Map<string, CronTimes>();

/** Whether the schedule runs on a day. */
export function runsOn(
  { daysOfMonth, months, weekdays, mustFitBoth }: CronTimes,
  { month, dayOfMonth, weekday }: CalendarDay,
): boolean {
  if (!months.includes(month)) return false;
  const [fitsMonthday, fitsWeekday] = [daysOfMonth.includes(dayOfMonth), weekdays.includes(weekday)];
  return mustFitBoth ? fitsMonthday && fitsWeekday : fitsMonthday || fitsWeekday;
}

/** Whether there is a day on which the schedule runs. */
export function everRuns({ daysOfMonth, months, mustFitBoth }: CronTimes): boolean {
  // Each date falls on each day of the week in some year.
  return !mustFitBoth || months.some((month) => daysOfMonth.some((day) => day <= longestMonth(month)));
}

/** 28 years of days, from 2026: after them weekdays and leap years repeat. */
export function calendar(): readonly CalendarDay[] {
  days ??= Array.from({ length: 28 }, (_, year) => year + 2026)
    .flatMap((year) =>
      Array.from({ length: 12 }, (_, index) => index + 1).flatMap((month) =>
        Array.from({ length: lengthOf(month, year) }, (_, index) => ({ month, dayOfMonth: index + 1 })),
      ),
    )
    .map((date, index) => ({ ...date, weekday: (index + firstWeekday) % 7 }));
  return days;
}

let days: readonly CalendarDay[] | undefined;

// The first of January 2026 is a Thursday.
const firstWeekday = 4;

function lengthOf(month: number, year: number): number {
  return month === 2 && year % 4 !== 0 ? 28 : longestMonth(month);
}

function longestMonth(month: number): number {
  if (month === 2) return 29;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
