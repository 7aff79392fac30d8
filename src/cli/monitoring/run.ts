import { monitoringFiles } from "../../monitoring/files.ts";
import { scrapeTargets } from "../../monitoring/targets.ts";
import { compareTree } from "../../write/compare.ts";
import { checkIsOurs, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { printDifferences } from "../shared/print-differences.ts";
import type { MonitoringOptions } from "./options.ts";

/** Writes the files, or with `--check` compares; returns the exit code. Reads no secret. */
export async function monitoring(
  file: string,
  options: MonitoringOptions,
  { streams, signal }: Context,
): Promise<number> {
  const { output, check, force, format } = options;
  const { sensors } = await openSettings(file, options, { readSecrets: false }, streams);
  const targets = scrapeTargets(sensors.map(({ plan }) => plan));
  if (targets.length === 0)
    throw new UsageError(
      "these sensors have no metrics",
      "write metrics: {allow_from: [...]} with the address of your Prometheus server",
    );
  const files = [...monitoringFiles(targets), markerFile];
  if (check) {
    const differences = await compareTree(output, files);
    if (format === "json") streams.json({ tree: output, differences });
    else printDifferences(output, differences, streams);
    return differences.length === 0 ? exitCodes.fine : exitCodes.settings;
  }
  if (!force) await checkIsOurs(output);
  await replaceTree(output, files, signal);
  const names = targets.map(({ labels }) => labels.sensor);
  const others = sensors.map(({ plan }) => plan.name).filter((name) => !names.includes(name));
  if (format === "json") streams.json({ output, sensors: names, left_out: others });
  else streams.result(`${output}\n`);
  const unaddressed = sensors.filter(({ plan }) => plan.metrics !== undefined && plan.address === undefined);
  if (unaddressed.length > 0) {
    const list = unaddressed.map(({ plan }) => plan.name).join(", ");
    streams.say(`listed by their names, because they have no address: ${list}`);
  }
  if (others.length > 0) streams.say(`left out, because they have no metrics: ${others.join(", ")}`);
  return exitCodes.fine;
}
