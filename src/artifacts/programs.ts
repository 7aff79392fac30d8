import { gzip, lzma, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { compact } from "./compact.ts";
import { sha256 } from "./digest.ts";
import { escapeWords } from "./escapes.ts";
import type { Template } from "./payload.ts";
import { renderTemplate } from "./render-template.ts";
import { staticFiles } from "./seed.ts";

/** The unit that fetches a sensor's programs, where its user-data is too small for them. */
export const programsUnit = "/etc/systemd/system/honeypot-programs.service";

/** The programs of a sensor as one archive: no setting and no secret is in it, and many sensors share one. */
export type Programs = {
  /** `programs-<digest>.tar.gz`; another content has another name. */
  readonly name: string;
  /** Where the sensor will look for it. */
  readonly address: string;
  readonly sha256: string;
  readonly archive: Uint8Array;
};

const compressors = { gzip, lzma };

// Compressing takes longer than everything else in a compilation, and most sensors share one archive.
const packed = new WeakMap<readonly Template[], Map<string, Uint8Array>>();

/** Packs the programs among a sensor's files, compacted, and returns the other files as they are. */
export function packPrograms(
  files: readonly Artifact[],
  templates: readonly Template[],
  compressor: keyof typeof compressors,
): { readonly archive: Uint8Array; readonly rest: readonly Artifact[] } {
  const shared = staticFiles(files, templates);
  const rest = files.filter((file) => !shared.includes(file));
  const known = packed.get(templates) ?? new Map<string, Uint8Array>();
  packed.set(templates, known);
  // The paths decide the contents: these files are the templates.
  const key = [compressor, ...shared.map(({ path }) => path)].join("\n");
  const archive = known.get(key) ?? compressors[compressor](tar(shared.map(compact)));
  known.set(key, archive);
  return { archive, rest };
}

/** What a sensor is to fetch from the folder `url`, and the files that remain in its user-data. */
export function splitPrograms(
  files: readonly Artifact[],
  templates: readonly Template[],
  url: string,
): { readonly programs: Programs; readonly rest: readonly Artifact[] } {
  const { archive, rest } = packPrograms(files, templates, "gzip");
  const sum = sha256(archive);
  const name = `programs-${sum.slice(0, 12)}.tar.gz`;
  const address = `${url.replace(/\/$/, "")}/${name}`;
  const template = templates.find(({ path }) => path === `${programsUnit}.mustache`);
  if (template === undefined) throw new Error(`there is no template for ${programsUnit}`);
  const content = renderTemplate(template.text, { address, sum }, escapeWords);
  return {
    programs: { name, address, sha256: sum, archive },
    rest: [...rest, { path: programsUnit, mode: 0o644, content }],
  };
}
