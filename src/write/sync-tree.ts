import { execFile } from "node:child_process";
import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Trees with more files are synced with their file system: node has no call for that, so it takes a program. */
const fewFiles = 100;

/** Makes a folder and everything below it durable. */
export async function syncTree(root: string, files: number): Promise<void> {
  if (files > fewFiles && process.platform === "linux") {
    const isSynced = await promisify(execFile)("sync", ["--file-system", "--", root]).then(
      () => true,
      // Not every `sync` has the option.
      () => false,
    );
    if (isSynced) return;
  }
  for (const entry of readdirSync(root, { recursive: true, encoding: "utf8" })) syncPath(join(root, entry));
  syncPath(root);
}

/** Makes a file durable, or the names in a folder. */
export function syncPath(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
