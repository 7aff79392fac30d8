import type { Artifact } from "./artifact.ts";
import { bytesOf } from "./artifact.ts";
import { sha256 } from "./digest.ts";
import type { Template } from "./payload.ts";

/**
 * The files of a sensor that a baked image cannot contain: those that the settings decide, and the secrets. A list of
 * the other files lets `baked.sh` check that the image has the same ones.
 */
export function seedFiles(files: readonly Artifact[], templates: readonly Template[]): readonly Artifact[] {
  const { shared, own } = splitStatic(files, templates);
  const list = { path: "/etc/honeypot/wanted.sha256", mode: 0o644, content: sums(shared) };
  return [...own, list].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Separates the files that are identical on every sensor that has them from the sensor's own. */
export function splitStatic(
  files: readonly Artifact[],
  templates: readonly Template[],
): { readonly shared: readonly Artifact[]; readonly own: readonly Artifact[] } {
  const known = new Set(templates.map(({ path }) => path));
  return {
    shared: files.filter(({ path }) => known.has(path)),
    own: files.filter(({ path }) => !known.has(path)),
  };
}

/** Lines in the format of `sha256sum`, in the order of `LC_ALL=C sort`, so that `comm` can compare two lists. */
export function sums(files: readonly Artifact[]): string {
  return files
    .map((file) => `${sha256(bytesOf(file))}  ${file.path}\n`)
    .sort()
    .join("");
}
