import { join } from "node:path";
import type { Collected } from "../../backups/collect.ts";
import { extractArchive } from "../../backups/extract/extract-archive.ts";
import { outsideFailure } from "../../diagnostics/outside-failure.ts";
import type { Context } from "../shared/context.ts";
import type { Transfer } from "../shared/transfers.ts";
import type { CollectCommandOptions } from "./options.ts";

/**
 * Unpacks the collected archives of each sensor into `<sensor>/<set>/<date>/` and skips those that were unpacked
 * before. A failed archive is reported and does not stop the others. Returns whether all archives could be unpacked.
 */
export async function extractCollected(
  collected: readonly Collected[],
  transfers: readonly Transfer[],
  { into, ageIdentity, maxFiles, maxGigabytes, maxRatio }: CollectCommandOptions,
  { streams, signal }: Context,
): Promise<boolean> {
  streams.say("warning: the archives contain live malware; do not run, open or preview any of the files");
  const limits = { members: maxFiles, bytes: maxGigabytes * 1e9, ratio: maxRatio };
  let isGood = true;
  for (const { sensor, archives } of collected) {
    const secrets = transfers.find((transfer) => transfer.sensor === sensor)?.secrets;
    const keys = { password: secrets?.get("backup.password"), ageIdentity };
    let unpacked = 0;
    let leftOut = 0;
    let failed = 0;
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
        failed += 1;
        streams.say(`${archive.file}: ${failure.message}`);
        if (failure.hint !== undefined) streams.say(`  = help: ${failure.hint}`);
      }
    }
    if (failed > 0) isGood = false;
    const without = leftOut > 0 ? `, without ${leftOut} links and devices` : "";
    streams.say(`${sensor}: ${unpacked} unpacked${without}${failed > 0 ? `, ${failed} failed` : ""}`);
  }
  return isGood;
}
