import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Artifact } from "../../artifacts/artifact.ts";
import { UsageError } from "../shared/exit.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { Streams } from "../shared/streams.ts";

/**
 * Writes the workflow into the current folder, a repository. Refuses to replace a changed workflow without `force`;
 * never changes an existing `.gitignore`.
 */
export async function writeWorkflow(
  [workflow, ignore]: readonly [Artifact, Artifact],
  force: boolean,
  streams: Streams,
): Promise<void> {
  const found = await read(workflow.path);
  if (found !== undefined && found !== workflow.content && !force)
    throw new UsageError(`${workflow.path} exists and differs`, "replace it with --force");
  await mkdir(dirname(workflow.path), { recursive: true });
  await replaceFile(workflow.path, workflow.content, workflow.mode);
  streams.say(`wrote ${workflow.path}`);
  const ignored = await read(ignore.path);
  if (ignored === undefined) await replaceFile(ignore.path, ignore.content, ignore.mode);
  else {
    const lines = ignored.split("\n");
    const missing = String(ignore.content)
      .split("\n")
      .filter((line) => !lines.includes(line));
    if (missing.length > 0) streams.say(`${ignore.path} lacks ${missing.join(", ")}`);
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
