import { join } from "node:path";
import type { Difference } from "../../write/compare.ts";
import { exitCodes } from "./exit.ts";
import type { Streams } from "./streams.ts";

/** Prints the result of `--check` for a folder, as text or JSON. Returns the exit code. */
export function answerCheck(
  tree: string,
  differences: readonly Difference[],
  format: "text" | "json",
  streams: Streams,
): number {
  if (format === "json") streams.json({ tree, differences });
  else printDifferences(tree, differences, streams);
  return differences.length === 0 ? exitCodes.fine : exitCodes.settings;
}

/** Prints a line for each file of a folder that `--check` found to differ. */
export function printDifferences(folder: string, differences: readonly Difference[], streams: Streams): void {
  for (const { path, what } of differences) streams.result(`${what.padEnd(8)} ${join(folder, path)}\n`);
}
