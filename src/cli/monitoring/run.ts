import { numberOf } from "../../diagnostics/number-of.ts";
import { monitoringFiles } from "../../monitoring/files.ts";
import { scrapeTargets } from "../../monitoring/targets.ts";
import type { Plan } from "../../plan/plan.ts";
import { compareTree } from "../../write/compare.ts";
import { checkIsOurs, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { answerCheck } from "../shared/print-differences.ts";
import type { MonitoringOptions } from "./options.ts";

/** Writes the files, or with `--check` compares; returns the exit code. Reads no secret. */
export async function monitoring(
  file: string,
  options: MonitoringOptions,
  { streams, signal }: Context,
): Promise<number> {
  const { output, check, force, format } = options;
  const { sensors } = await openSettings(file, options, { readSecrets: false }, streams);
  const plans = sensors.map(({ plan }) => plan);
  const targets = scrapeTargets(plans);
  if (targets.length === 0)
    throw new UsageError(
      "these sensors have no metrics",
      "write metrics: {allow_from: [...]} with the address of your Prometheus server",
    );
  const files = [...monitoringFiles(targets), markerFile];
  if (check) return answerCheck(output, await compareTree(output, files), format, streams);
  if (!force) await checkIsOurs(output);
  await replaceTree(output, files, signal);
  const listed = plans.filter(({ metrics }) => metrics !== undefined);
  const others = namesOf(plans.filter(({ metrics }) => metrics === undefined));
  if (format === "json") streams.json({ output, sensors: namesOf(listed), left_out: others });
  else streams.result(`${output}\n`);
  if (listed.length > 1) streams.say(`${numberOf(listed.length, "sensor")} to scrape`);
  const unaddressed = namesOf(listed.filter(({ address }) => address === undefined));
  if (unaddressed.length > 0)
    streams.say(`listed by their names, because they have no address: ${unaddressed.join(", ")}`);
  if (others.length > 0) streams.say(`left out, because they have no metrics: ${others.join(", ")}`);
  return exitCodes.fine;
}

function namesOf(plans: readonly Plan[]): readonly string[] {
  return plans.map(({ name }) => name);
}
