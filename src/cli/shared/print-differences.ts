import { join } from "node:path";
import type { Difference } from "../../write/compare.ts";
import type { Streams } from "./streams.ts";

/** Prints a line for each file of a folder that `--check` found to differ. */
export function printDifferences(folder: string, differences: readonly Difference[], streams: Streams): void {
  for (const { path, what } of differences) streams.result(`${what.padEnd(8)} ${join(folder, path)}\n`);
}
