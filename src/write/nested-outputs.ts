import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The marker file of a folder that we may replace. */
export const marker = ".sensorbake";

/** Marks a folder with an OpenTofu configuration, which also contains files of the user: the state. */
export const tofuRoot = "sensorbake.tf.json";

/**
 * The folders in `folder` that have a mark of their own: other output, such as `out/packer` in `out`. A build of
 * `folder` keeps them.
 */
export async function nestedOutputs(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  // Ten thousand asynchronous calls would take a second.
  return names.filter((name) => [marker, tofuRoot].some((ours) => existsSync(join(folder, name, ours))));
}
