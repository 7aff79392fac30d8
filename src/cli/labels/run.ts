import { inParallel } from "../../concurrency/in-parallel.ts";
import { knownFingerprints } from "../../machines/known-fingerprints.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { openSettings } from "../shared/open-settings.ts";
import { showProgress } from "../shared/progress.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { LabelsOptions } from "./options.ts";
import { pageMark, renderLabels } from "./render-labels.ts";

/** Writes the sheet of labels; needs no secret. Returns the exit code. */
export async function labels(
  file: string,
  { sensor, output }: LabelsOptions,
  { streams, signal }: Context,
): Promise<number> {
  await checkMayReplacePage(output, pageMark, "labels");
  const { sensors } = await openSettings(file, { sensor }, { readSecrets: false }, streams);
  const fingerprints = new Map<string, readonly string[]>();
  const progress = showProgress(streams.status);
  const finished = progress.count("looking for fingerprints", sensors.length, "sensors");
  try {
    await inParallel(sensors, 4, async ({ plan: { name, address, admin } }) => {
      signal.throwIfAborted();
      if (address !== undefined) fingerprints.set(name, await knownFingerprints(address, admin.sshPort));
      finished();
    });
  } finally {
    progress.end();
  }
  const sheet = sensors.map(({ plan }) => ({ plan, fingerprints: fingerprints.get(plan.name) ?? [] }));
  await replaceFile(output, renderLabels(sheet), 0o644);
  const known = sheet.filter((label) => label.fingerprints.length > 0).length;
  streams.say(
    `${output}: ${sheet.length === 1 ? "1 label" : `${sheet.length} labels`}, ${known} with SSH fingerprints`,
  );
  return exitCodes.fine;
}
