import { join } from "node:path";
import type { Collected } from "../../backups/collect.ts";
import { extractArchive } from "../../backups/extract/extract-archive.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { Context } from "../shared/context.ts";
import type { Transfer } from "../shared/transfers.ts";
import type { CollectCommandOptions } from "./options.ts";

/**
 * Unpacks what is here of each sensor into `<sensor>/<set>/<date>/`; what was unpacked before is left alone. Gives
 * whether all could be unpacked.
 */
export async function extractCollected(
  collected: readonly Collected[],
  transfers: readonly Transfer[],
  { into, ageIdentity }: CollectCommandOptions,
  { streams, signal }: Context,
): Promise<boolean> {
  streams.say(
    "warning: what is unpacked is live malware as attackers left it; do not run, open or preview any of it",
  );
  let isGood = true;
  for (const { sensor, archives } of collected) {
    const secrets = transfers.find((transfer) => transfer.sensor === sensor)?.secrets;
    const keys = { password: secrets?.get("backup.password"), ageIdentity };
    let unpacked = 0;
    let leftOut = 0;
    for (const archive of archives) {
      try {
        const result = await extractArchive(
          archive,
          join(into, sensor, archive.set, archive.date),
          keys,
          signal,
        );
        if (result.what === "here") continue;
        unpacked += 1;
        leftOut += result.leftOut;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OutsideError)) throw error;
        isGood = false;
        streams.say(`${archive.file}: ${error.message}`);
        if (error.hint !== undefined) streams.say(`  = help: ${error.hint}`);
      }
    }
    const without = leftOut > 0 ? `, without ${leftOut} links and devices` : "";
    streams.say(`${sensor}: ${unpacked} unpacked${without}`);
  }
  return isGood;
}
