import { execFile } from "node:child_process";
import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Trees with more files are synced with their whole file system, which needs a program because node has no call for it. */
const fewFiles = 100;

/** Syncs a folder and everything below it. */
export async function syncTree(root: string, files: number): Promise<void> {
  if (files > fewFiles && process.platform === "linux") {
    const isSynced = await promisify(execFile)("sync", ["--file-system", "--", root]).then(
      () => true,
      // Not every `sync` supports the option.
      () => false,
    );
    if (isSynced) return;
  }
  for (const entry of readdirSync(root, { recursive: true, encoding: "utf8" })) syncPath(join(root, entry));
  syncPath(root);
}

/** Syncs a file, or the names in a folder. */
export function syncPath(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
