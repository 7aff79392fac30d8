import { join } from "node:path";
import type { Collected, Problem } from "../../backups/collect.ts";
import { extractArchive } from "../../backups/extract/extract-archive.ts";
import { outsideFailure } from "../../diagnostics/outside-failure.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { Context } from "../shared/context.ts";
import type { Progress } from "../shared/progress.ts";
import type { CollectCommandOptions } from "./options.ts";

/**
 * Unpacks the collected archives of each sensor into `<sensor>/<set>/<date>/` and skips those that were unpacked
 * before. A failed archive does not stop the others. Returns the problems of each sensor.
 */
export async function extractCollected(
  collected: readonly Collected[],
  sensors: readonly SensorPlan[],
  { into, ageIdentity, maxFiles, maxGigabytes, maxRatio }: CollectCommandOptions,
  { streams, signal }: Context,
  progress: Progress,
): Promise<ReadonlyMap<string, readonly Problem[]>> {
  streams.say("warning: the archives contain live malware; do not run, open or preview any of the files");
  const limits = { members: maxFiles, bytes: maxGigabytes * 1e9, ratio: maxRatio };
  const all = new Map<string, readonly Problem[]>();
  const number = collected.reduce((sum, { archives }) => sum + archives.length, 0);
  const isDone = progress.count("unpacking", number, "archives");
  for (const { sensor, archives } of collected) {
    const secrets = sensors.find(({ plan }) => plan.name === sensor)?.secrets;
    const keys = { password: secrets?.get("backup.password"), ageIdentity };
    let unpacked = 0;
    let leftOut = 0;
    const problems: Problem[] = [];
    for (const archive of archives) {
      try {
        const target = join(into, sensor, archive.set, archive.date);
        const result = await extractArchive(archive, target, keys, limits, signal);
        if (result.what === "here") continue;
        unpacked += 1;
        leftOut += result.leftOut;
      } catch (error) {
        signal.throwIfAborted();
        const failure = outsideFailure(error);
        if (failure === undefined) throw error;
        problems.push({ message: `${archive.file}: ${failure.message}`, hint: failure.hint });
      } finally {
        isDone();
      }
    }
    all.set(sensor, problems);
    const without = leftOut > 0 ? `, without ${leftOut} links and devices` : "";
    const failed = problems.length > 0 ? `, ${problems.length} failed` : "";
    streams.say(`${sensor}: ${unpacked} unpacked${without}${failed}`);
  }
  return all;
}
