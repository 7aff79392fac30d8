import { once } from "../plan/once.ts";
import { gzip, lzma, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { compact } from "./compact.ts";
import { sha256 } from "./digest.ts";
import { escapeWords } from "./escapes.ts";
import { allPrograms, type Template } from "./payload.ts";
import { renderTemplate } from "./render-template.ts";
import { splitStatic } from "./seed.ts";

/** The unit that downloads a sensor's programs if its user-data is too small for them. */
export const programsUnit = "/etc/systemd/system/honeypot-programs.service";

/** All programs of a release as one archive, without settings and secrets, identical for every sensor. */
export type Programs = {
  /** `programs-<digest>.tar.gz`; changed content gets a new name. */
  readonly name: string;
  /** The URLs from which the sensor tries to download it, in order. */
  readonly addresses: readonly string[];
  readonly sha256: string;
  readonly archive: Uint8Array;
};

/** The archive that a release publishes, and that belongs at `programs_url`. */
export const programsArchive = once((templates: readonly Template[]): Omit<Programs, "addresses"> => {
  const archive = pack(templates, allPrograms(templates), "gzip");
  const sum = sha256(archive);
  return { name: `programs-${sum.slice(0, 12)}.tar.gz`, sha256: sum, archive };
});

const compressors = { gzip, lzma: (bytes: Uint8Array) => lzma(bytes, "small") };

// Cached, because compression takes longer than the rest of a compilation, and most sensors share one archive.
const archivesOf = once((_: readonly Template[]) => new Map<string, Uint8Array>());

function pack(
  templates: readonly Template[],
  files: readonly Artifact[],
  compressor: keyof typeof compressors,
): Uint8Array {
  const archives = archivesOf(templates);
  // The paths determine the contents, because these files are the templates.
  const key = [compressor, ...files.map(({ path }) => path)].join("\n");
  const archive = archives.get(key) ?? compressors[compressor](tar(files.map(compact)));
  archives.set(key, archive);
  return archive;
}

/** Packs the compacted programs among a sensor's files, and returns the other files unchanged. */
export function packPrograms(
  files: readonly Artifact[],
  templates: readonly Template[],
  compressor: keyof typeof compressors,
): { readonly archive: Uint8Array; readonly own: readonly Artifact[] } {
  const { shared, own } = splitStatic(files, templates);
  return { archive: pack(templates, shared, compressor), own };
}

/** The programs that a sensor downloads from the first of `folders` that has them, and the rest for its user-data. */
export function splitPrograms(
  files: readonly Artifact[],
  templates: readonly Template[],
  folders: readonly string[],
): { readonly programs: Programs; readonly rest: readonly Artifact[] } {
  const archive = programsArchive(templates);
  const addresses = folders.map((folder) => `${folder.replace(/\/$/, "")}/${archive.name}`);
  const { shared, own } = splitStatic(files, templates);
  const template = templates.find(({ path }) => path === `${programsUnit}.mustache`);
  const fetcher = allPrograms(templates).find(({ path }) => path === fetchScript);
  if (template === undefined || fetcher === undefined)
    throw new Error(`templates/ lacks ${programsUnit} or ${fetchScript}`);
  const words = { sum: archive.sha256, addresses: addresses.join(" ") };
  const list = shared.map(({ path }) => `${path.slice(1)}\n`).join("");
  return {
    programs: { ...archive, addresses },
    rest: [
      ...own,
      { path: programsUnit, mode: 0o644, content: renderTemplate(template.text, words, escapeWords) },
      { path: "/etc/honeypot/programs.list", mode: 0o644, content: list },
      fetcher,
    ],
  };
}

const fetchScript = "/opt/honeypot/scripts/fetch-programs.sh";
