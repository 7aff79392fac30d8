import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync, writevSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file to write; its path is relative to the tree. */
export type NewFile = {
  readonly path: string;
  readonly mode: number;
  readonly parts: readonly Uint8Array[];
};

/** Writes new files below a folder, and their folders; refuses to overwrite. Does not sync. */
export function writeFiles(root: string, files: readonly NewFile[]): void {
  const folders = new Set<string>();
  for (const { path, mode, parts } of files) {
    const file = join(root, path);
    const folder = dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
    folders.add(folder);
    // The mode is set at creation, so that a secret is never readable by others, not even briefly.
    const handle = openSync(file, "wx", mode);
    try {
      writeAll(handle, parts);
      fchmodSync(handle, mode);
    } finally {
      closeSync(handle);
    }
  }
}

// One call for all parts; unlike `writeFileSync`, it may write less than everything.
function writeAll(handle: number, parts: readonly Uint8Array[]): void {
  const written = writevSync(handle, parts);
  if (written < parts.reduce((sum, part) => sum + part.byteLength, 0))
    writeFileSync(handle, Buffer.concat(parts).subarray(written));
}
