import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Artifact } from "../artifacts/artifact.ts";

/** Writes new files below a folder, and the folders they need; refuses to overwrite. What it writes is not durable yet. */
export function writeFiles(root: string, artifacts: readonly Artifact[]): void {
  const folders = new Set<string>();
  for (const { path, mode, content } of artifacts) {
    const file = join(root, path);
    const folder = dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
    folders.add(folder);
    // The mode is given as the file is made: a secret is never readable by others, not for a moment.
    const handle = openSync(file, "wx", mode);
    try {
      writeFileSync(handle, content);
      fchmodSync(handle, mode);
    } finally {
      closeSync(handle);
    }
  }
}
