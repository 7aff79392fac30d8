import { cronFields, numbersOf } from "./cron-fields.ts";

/** When a schedule of five cron fields runs. */
export type CronTimes = {
  /** Minutes after midnight of the runs of a day, ascending. */
  readonly minutes: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** From 1. */
  readonly months: readonly number[];
  /** From 0, Sunday. */
  readonly weekdays: readonly number[];
  /** Whether a day must fit both day fields; otherwise one of them is enough. */
  readonly mustFitBoth: boolean;
  readonly isDaily: boolean;
};

/** A day of the calendar. */
export type CalendarDay = { readonly month: number; readonly dayOfMonth: number; readonly weekday: number };

/**
 * Reads five well-formed fields as Debian's cron does. A day field that begins with a star counts as a star, so that
 * `*` and also the odd days of `*` with a step must fit together with the other field (cron's entry.c, DOM_STAR).
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

/** 28 years of days: after them weekdays and leap years repeat. */
export function calendar(): readonly CalendarDay[] {
  days ??= Array.from({ length: 28 * 365 + 7 }, (_, index) => {
    const date = new Date(Date.UTC(2026, 0, 1 + index));
    return { month: date.getUTCMonth() + 1, dayOfMonth: date.getUTCDate(), weekday: date.getUTCDay() };
  });
  return days;
}

let days: readonly CalendarDay[] | undefined;
