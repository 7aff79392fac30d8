import { longestGapSeconds } from "../plan/schedule.ts";

/** One fetched archive, as recorded by `collect`. */
export type Collected = { readonly sensor: string; readonly date: string };

/**
 * Whether a sensor's backups have been collected: an archive of its last two runs, given its schedule.
 * Later logs are lost with the sensor in any case, as the prompt states.
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
