import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { manifestFile } from "../../backups/manifest.ts";
import { areBackupsCollected, type Collected } from "../../ec2/backups-collected.ts";
import type { FoundInstance } from "../../ec2/region.ts";
import { UsageError } from "./exit.ts";
import type { FleetSensor } from "./open-ec2.ts";

/** Refuses to delete the disks of these instances unless their backups were collected or are to be discarded. */
export async function checkBackups(
  lost: readonly FoundInstance[],
  sensors: readonly FleetSensor[],
  file: string,
  options: { readonly collected?: string; readonly discardBackups: boolean },
): Promise<void> {
  if (options.discardBackups || lost.length === 0) return;
  const collected = options.collected === undefined ? [] : await readManifest(options.collected);
  const schedules = new Map(sensors.map(({ plan }) => [plan.name, plan.backup.schedule]));
  const now = new Date();
  const missing = lost
    .map(({ sensor }) => sensor)
    .filter((sensor) => !areBackupsCollected(sensor, schedules.get(sensor) ?? "0 0 * * *", collected, now))
    .sort();
  if (missing.length === 0) return;
  const folder = options.collected ?? "FOLDER";
  throw new UsageError(
    `the last backups of ${missing.join(", ")} have not been collected`,
    `fetch them with \`sensorbake collect ${file} --into ${folder}\` and add --collected ${folder}; --discard-backups deletes them`,
  );
}

async function readManifest(folder: string): Promise<readonly Collected[]> {
  const text = await readFile(join(folder, manifestFile), "utf8");
  return text.split("\n").flatMap((line) => {
    try {
      // Ignores a line that a full disk truncated.
      return line === "" ? [] : [JSON.parse(line) as Collected];
    } catch {
      return [];
    }
  });
}
