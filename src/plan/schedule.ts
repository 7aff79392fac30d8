import { calendar, readCron, runsOn } from "../values/cron-times.ts";

const minutesPerDay = 1440;

/** The longest gap in seconds between two runs of five cron fields, without daylight saving time; 0 if it never runs. */
export function longestGapSeconds(schedule: string): number {
  const times = readCron(schedule);
  const { minutes } = times;
  const [first = 0, last = 0] = [minutes[0], minutes.at(-1)];
  const withinDay = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  const fromDayToDay = longestWait(schedule) * minutesPerDay + first - last;
  return Math.max(0, fromDayToDay, ...withinDay) * 60;
}

/** The maximum number of days from one day on which the schedule runs to the next. */
function longestWait(schedule: string): number {
  const known = waits.get(schedule);
  if (known !== undefined) return known;
  const times = readCron(schedule);
  const wait = times.isDaily ? 1 : search();
  waits.set(schedule, wait);
  return wait;

  function search(): number {
    const cycle = calendar();
    const running = cycle.flatMap((day, index) => (runsOn(times, day) ? [index] : []));
    // The last one is followed by the first of the next cycle.
    return Math.max(
      0,
      ...running.map((day, index) => (running[index + 1] ?? (running[0] ?? 0) + cycle.length) - day),
    );
  }
}

const waits = new Map<string, number>();
