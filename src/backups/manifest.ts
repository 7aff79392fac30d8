import { appendFile } from "node:fs/promises";
import { join } from "node:path";

/** One line of `manifest.jsonl`: a fetched archive, its origin, and its expected hash. */
export type ManifestEntry = {
  readonly sensor: string;
  readonly set: string;
  readonly date: string;
  /** Relative to the folder of the manifest. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly from: string;
};

/** Appends an entry to the manifest of a folder with a single write. */
export async function appendManifest(into: string, entry: ManifestEntry): Promise<void> {
  await appendFile(join(into, manifestFile), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** The name of the manifest: one JSON object per line, in the order of fetching. */
export const manifestFile = "manifest.jsonl";
