import type { Artifact } from "./artifact.ts";
import { bytesOf } from "./artifact.ts";
import { sha256 } from "./digest.ts";
import type { Template } from "./payload.ts";

/**
 * Of a sensor's files those that an image baked by `sensorbake packer` cannot hold: whatever the settings decide, and
 * the secrets. With them goes a list of the others, by which `baked.sh` finds out whether the image has the same.
 */
export function seedFiles(files: readonly Artifact[], templates: readonly Template[]): readonly Artifact[] {
  const baked = staticFiles(files, templates);
  const seed = files.filter((file) => !baked.includes(file));
  const list = { path: "/etc/honeypot/wanted.sha256", mode: 0o644, content: sums(baked) };
  return [...seed, list].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files that are the same on every sensor that has them. */
export function staticFiles(files: readonly Artifact[], templates: readonly Template[]): readonly Artifact[] {
  const known = new Set(templates.map(({ path }) => path));
  return files.filter(({ path }) => known.has(path));
}

/** Lines as `sha256sum` writes them, in the order of `LC_ALL=C sort`, so that `comm` can hold two lists against each other. */
export function sums(files: readonly Artifact[]): string {
  return files
    .map((file) => `${sha256(bytesOf(file))}  ${file.path}\n`)
    .sort()
    .join("");
}
