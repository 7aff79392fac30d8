import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { tofuRoot } from "../artifacts/tofu/configuration.ts";

/** The marker file of a folder that we may replace. */
export const marker = ".sensorbake";

/**
 * The folders in `folder` that have a mark of their own: other output, such as `out/packer` in `out`, or an OpenTofu
 * configuration, which is beside its state. A build of `folder` keeps them.
 */
export async function nestedOutputs(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  // Ten thousand asynchronous calls would take a second.
  return names.filter((name) => [marker, tofuRoot].some((ours) => existsSync(join(folder, name, ours))));
}
