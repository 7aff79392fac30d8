import { zipSync } from "fflate";
import type { Artifact } from "../artifacts/artifact.ts";
import { bytesOf } from "../artifacts/artifact.ts";
import { element } from "./dom.ts";

/** Saves a file through the browser's download. */
export function save(name: string, content: Uint8Array<ArrayBuffer> | string): void {
  const url = URL.createObjectURL(new Blob([content]));
  element("a", { href: url, download: name }).click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A zip of files below `prefix`. Keeps their modes; the same files produce the same bytes. */
export function zipOf(prefix: string, files: readonly Artifact[]): Uint8Array<ArrayBuffer> {
  return zipSync(
    Object.fromEntries(
      files.map((file) => [
        prefix + file.path,
        [bytesOf(file), { mtime: new Date(1980, 0, 1), os: 3, attrs: (0o100000 | file.mode) << 16 }],
      ]),
    ),
  );
}
