import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { CiFiles } from "../../packer/ci-workflow.ts";
import { compareFile } from "../../write/compare.ts";
import { UsageError } from "../shared/exit.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { Streams } from "../shared/streams.ts";

/**
 * Writes the workflow and its installer into the current folder, a repository. Refuses to replace a changed file
 * without `force`; never changes an existing `.gitignore`.
 */
export async function writeWorkflow(
  { workflow, installer, ignore }: CiFiles,
  force: boolean,
  streams: Streams,
): Promise<void> {
  const files = [...installer, workflow];
  for (const file of files) {
    const found = await compareFile(file.path, file);
    if (found === "changed" && !force)
      throw new UsageError(`${file.path} exists and differs`, "replace it with --force");
  }
  for (const { path, content, mode } of files) {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, content, mode);
    streams.say(`wrote ${path}`);
  }
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
