import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Artifact } from "../artifacts/artifact.ts";
import { bytesOf } from "../artifacts/artifact.ts";
import { nestedOutputs } from "./nested-outputs.ts";

/** A difference between a tree on disk and the build output: `path` is relative to the tree. */
export type Difference = { readonly path: string; readonly what: "missing" | "changed" | "mode" | "stale" };

/** Compares a tree with the files of a build: paths, bytes and permission bits. Ignores other output in it. */
export async function compareTree(
  root: string,
  artifacts: Iterable<Artifact> | AsyncIterable<Artifact>,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  const expected = new Set<string>();
  for await (const artifact of artifacts) {
    expected.add(artifact.path);
    const what = await compareFile(join(root, artifact.path), artifact);
    if (what !== undefined) differences.push({ path: artifact.path, what });
  }
  const nested = new Set(await nestedOutputs(root));
  for (const path of await listFiles(root))
    if (!expected.has(path) && !nested.has(path.split(sep)[0] ?? ""))
      differences.push({ path, what: "stale" });
  return differences.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every file below a folder, as relative paths; empty if the folder does not exist. */
export async function listFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** The difference between a file and the build output; nothing if they match. */
export async function compareFile(path: string, artifact: Artifact): Promise<Difference["what"] | undefined> {
  const found = await readFile(path).catch(() => undefined);
  if (found === undefined) return "missing";
  if (Buffer.compare(found, bytesOf(artifact)) !== 0) return "changed";
  const { mode } = await stat(path);
  return (mode & 0o777) === artifact.mode ? undefined : "mode";
}
