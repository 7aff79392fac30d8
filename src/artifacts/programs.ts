import { gzip, lzma, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { compact } from "./compact.ts";
import { sha256 } from "./digest.ts";
import { escapeWords } from "./escapes.ts";
import { allPrograms, type Template } from "./payload.ts";
import { renderTemplate } from "./render-template.ts";
import { staticFiles } from "./seed.ts";

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
export function programsArchive(templates: readonly Template[]): Omit<Programs, "addresses"> {
  const archive = packed(templates, allPrograms(templates), "gzip");
  const sum = sha256(archive);
  return { name: `programs-${sum.slice(0, 12)}.tar.gz`, sha256: sum, archive };
}

const compressors = { gzip, lzma };

// Cached, because compression takes longer than the rest of a compilation, and most sensors share one archive.
const known = new WeakMap<readonly Template[], Map<string, Uint8Array>>();

function packed(
  templates: readonly Template[],
  files: readonly Artifact[],
  compressor: keyof typeof compressors,
): Uint8Array {
  const archives = known.get(templates) ?? new Map<string, Uint8Array>();
  known.set(templates, archives);
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
): { readonly archive: Uint8Array; readonly rest: readonly Artifact[] } {
  const shared = staticFiles(files, templates);
  const rest = files.filter((file) => !shared.includes(file));
  return { archive: packed(templates, shared, compressor), rest };
}

/** The programs that a sensor downloads from the first of `folders` that has them, and the rest for its user-data. */
export function splitPrograms(
  files: readonly Artifact[],
  templates: readonly Template[],
  folders: readonly string[],
): { readonly programs: Programs; readonly rest: readonly Artifact[] } {
  const archive = programsArchive(templates);
  const addresses = folders.map((folder) => `${folder.replace(/\/$/, "")}/${archive.name}`);
  const shared = staticFiles(files, templates);
  const template = templates.find(({ path }) => path === `${programsUnit}.mustache`);
  const fetcher = allPrograms(templates).find(({ path }) => path === fetchScript);
  if (template === undefined || fetcher === undefined)
    throw new Error(`templates/ lacks ${programsUnit} or ${fetchScript}`);
  const words = { sum: archive.sha256, addresses: addresses.join(" ") };
  const list = shared.map(({ path }) => `${path.slice(1)}\n`).join("");
  return {
    programs: { ...archive, addresses },
    rest: [
      ...files.filter((file) => !shared.includes(file)),
      { path: programsUnit, mode: 0o644, content: renderTemplate(template.text, words, escapeWords) },
      { path: "/etc/honeypot/programs.list", mode: 0o644, content: list },
      fetcher,
    ],
  };
}

const fetchScript = "/opt/honeypot/scripts/fetch-programs.sh";
