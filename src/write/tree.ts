import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Artifact, partsOf } from "../artifacts/artifact.ts";
import { firstOf } from "../diagnostics/first-of.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { visible } from "../diagnostics/visible.ts";
import { marker, nestedOutputs } from "./nested-outputs.ts";
import { syncPath } from "./sync-tree.ts";
import { treeWriter } from "./tree-writer.ts";
import { writeFiles } from "./write-files.ts";

/**
 * Replaces the folder `target` with exactly these files, and keeps other output in it ({@link nestedOutputs}). They are
 * written beside it, synced, and renamed into place: an interruption leaves the old or the new tree, and the next run
 * removes leftovers.
 */
export async function replaceTree(
  target: string,
  artifacts: Iterable<Artifact> | AsyncIterable<Artifact>,
  signal: AbortSignal,
): Promise<void> {
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await clearLeftovers(target);
  const fresh = join(parent, `.${basename(target)}.sensorbake-new-${process.pid}`);
  const writer = treeWriter(fresh);
  try {
    await mkdir(fresh, { mode: 0o755 });
    for await (const artifact of artifacts) {
      signal.throwIfAborted();
      await writer.write(artifact);
    }
    await writer.finish();
    await writer.close();
    signal.throwIfAborted();
    await swap(fresh, target);
  } catch (error) {
    await writer.close();
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Checks that `folder` may be replaced: it does not exist, has our marker, or contains nothing but other output.
 * Throws `OutsideError` for any other folder.
 */
export async function checkIsOurs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw new OutsideError(
      `cannot write to ${folder}: it is not a folder`,
      "choose another one with --output",
    );
  });
  if (names.includes(marker)) return;
  const nested = new Set(await nestedOutputs(folder));
  if (names.every((name) => nested.has(name))) return;
  throw new OutsideError(
    `${folder} exists and was not made by sensorbake`,
    "choose another folder with --output, or replace it with --force",
  );
}

/**
 * Checks that a build may replace all of `folder`: it contains only sensors' folders and other output of sensorbake.
 * Throws `OutsideError` for anything else, such as a settings file.
 */
export async function checkHasOnlyOurs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const nested = new Set([marker, ...(await nestedOutputs(folder))]);
  const others = names
    .filter((name) => !nested.has(name) && !existsSync(join(folder, name, "SHA256SUMS")))
    .sort();
  if (others.length === 0) return;
  throw new OutsideError(
    `${folder} would be replaced, but contains files that sensorbake did not build: ${visible(firstOf(others))}`,
    "move them, choose another folder with --output, or delete them with --force",
  );
}

/** Creates a folder with our marker, into which single sensors can be built. */
export async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (await exists(join(folder, marker))) return;
  writeFiles(folder, [{ ...markerFile, parts: partsOf(markerFile) }]);
  syncPath(join(folder, marker));
}

/** The marker as a file of the tree. */
export const markerFile: Artifact = {
  path: marker,
  mode: 0o644,
  content: "sensorbake created this folder and replaces its content at the next build.\n",
};

async function swap(fresh: string, target: string): Promise<void> {
  const old = oldNameOf(target);
  const hadOld = await exists(target);
  if (hadOld) await rename(target, old);
  await rename(fresh, target);
  syncPath(dirname(target));
  if (hadOld) await removeOld(old, target);
}

// Restores the old tree that a run interrupted between the two renames left under its other name. Removes incomplete
// trees of crashed runs.
async function clearLeftovers(target: string): Promise<void> {
  const old = oldNameOf(target);
  if (await exists(old)) {
    if (await exists(target)) await removeOld(old, target);
    else await rename(old, target);
  }
  const prefix = `.${basename(target)}.sensorbake-new-`;
  for (const name of await readdir(dirname(target)))
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length))))
      await rm(join(dirname(target), name), { recursive: true, force: true });
}

// A run that is interrupted here leaves the rest to the next one.
async function removeOld(old: string, target: string): Promise<void> {
  for (const name of await nestedOutputs(old))
    if (!(await exists(join(target, name)))) await rename(join(old, name), join(target, name));
  syncPath(target);
  await rm(old, { recursive: true });
}

function oldNameOf(target: string): string {
  return join(dirname(target), `.${basename(target)}.sensorbake-old`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
