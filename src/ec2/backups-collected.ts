import { longestGapSeconds } from "../plan/schedule.ts";

/** One archive that was fetched, as `collect` notes it. */
export type Collected = { readonly sensor: string; readonly date: string };

/**
 * Whether a sensor's backups have come home: an archive of its last two runs has, given how often it makes one.
 * What was logged since is lost with it in any case, as is said before it is destroyed.
 */
export function areBackupsCollected(
  sensor: string,
  schedule: string,
  collected: readonly Collected[],
  now: Date,
): boolean {
  const days = Math.ceil(longestGapSeconds(schedule) / 86_400) + 1;
  const oldest = new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
  return collected.some((archive) => archive.sensor === sensor && archive.date >= oldest);
}
