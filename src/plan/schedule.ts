import { Cron } from "croner";

/**
 * Seconds of the longest gap between two runs of five cron fields, over enough runs to see a year's pattern.
 * Reckoned in UTC from a fixed day, so that the answer does not depend on when or where it is asked.
 */
export function longestGapSeconds(schedule: string): number {
  const known = gaps.get(schedule);
  if (known !== undefined) return known;
  const cron = new Cron(schedule, { utcOffset: 0 });
  let longest = 0;
  let last = cron.nextRun(new Date("2026-01-01T00:00:00Z"));
  for (let run = 0; run < 400 && last !== null; run += 1) {
    const next: Date | null = cron.nextRun(last);
    if (next !== null) longest = Math.max(longest, (next.getTime() - last.getTime()) / 1000);
    last = next;
  }
  gaps.set(schedule, longest);
  return longest;
}

// Sensors of one file mostly share their schedules, and reckoning one takes hundreds of steps.
const gaps = new Map<string, number>();
