import { appendFile } from "node:fs/promises";
import { join } from "node:path";

/** One line of `manifest.jsonl`: what was fetched, from where, and what it should hash to. */
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

/** Adds to the manifest of a folder; each line is written whole, and what is there stays. */
export async function appendManifest(into: string, entry: ManifestEntry): Promise<void> {
  await appendFile(join(into, manifestFile), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** One JSON object a line, in the order in which they were fetched. */
export const manifestFile = "manifest.jsonl";
