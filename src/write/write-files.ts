import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Artifact } from "../artifacts/artifact.ts";

/** Writes new files below a folder, and their folders; refuses to overwrite. Does not sync. */
export function writeFiles(root: string, artifacts: readonly Artifact[]): void {
  const folders = new Set<string>();
  for (const { path, mode, content } of artifacts) {
    const file = join(root, path);
    const folder = dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
    folders.add(folder);
    // The mode is set at creation, so that a secret is never readable by others, not even briefly.
    const handle = openSync(file, "wx", mode);
    try {
      writeFileSync(handle, content);
      fchmodSync(handle, mode);
    } finally {
      closeSync(handle);
    }
  }
}
