import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { download } from "../../image/download.ts";
import type { Stage } from "../../image/make-images.ts";
import { openSource, type Source } from "../../image/source.ts";
import { UsageError } from "./exit.ts";

/** A base image and its expected checksum, if one is known. */
export type Base = { readonly source: Source; readonly sha256: string | undefined };

/**
 * Opens a base image from a file or a URL. A URL needs a checksum and is downloaded once into the user's cache. A file
 * is verified against `--sha256` or, without it, against the `.sha256` beside it, if one exists.
 */
export async function openBase(
  base: string,
  given: string | undefined,
  stage: Stage,
  signal: AbortSignal,
): Promise<Base> {
  const found = await lookAtBase(base, given);
  if (found.kind === "file") return { source: found.source, sha256: given ?? (await besides(base)) };
  const { url, sha256 } = found;
  const tell = stage("fetching the base", 1);
  const report = (bytes: number, total: number | undefined) => tell(bytes, total ?? bytes + 1);
  const path = await download({
    url,
    checksum: { algorithm: "sha256", hex: sha256 },
    folder: cacheFolder(),
    signal,
    report,
  });
  tell(1, 1);
  return { source: await openSource(path), sha256 };
}

/** Folder of downloaded and generated systems. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "sensorbake");
}

type Found =
  | { readonly kind: "file"; readonly source: Source }
  | { readonly kind: "url"; readonly url: string; readonly sha256: string };

/** Throws if the base's arguments are invalid; fetches nothing. */
export async function lookAtBase(base: string, sha256: string | undefined): Promise<Found> {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    throw new UsageError(
      "--sha256 must be 64 hexadecimal digits",
      "use the checksum from the image's publisher",
    );
  if (!/^[a-z]+:\/\//i.test(base)) return { kind: "file", source: await openSource(base) };
  if (sha256 !== undefined) return { kind: "url", url: base, sha256 };
  throw new UsageError(
    "an image from a URL needs a checksum",
    "add the checksum from its publisher: --sha256 CHECKSUM",
  );
}

async function besides(path: string): Promise<string | undefined> {
  const text = await readFile(`${path}.sha256`, "utf8").catch(() => undefined);
  return text?.match(/^\\?([0-9a-f]{64})\b/i)?.[1];
}
