import type { Artifact } from "../artifacts/artifact.ts";
import type { Release } from "../artifacts/compile.ts";
import { type Delivery, packDelivery } from "../artifacts/delivery.ts";

/**
 * Estimates the size of the archive that is sent over SSH, some hundred bytes too large: compresses the programs, which
 * many sensors share, apart from the sensor's own files, and only once.
 */
export function sentBytes({ files }: Delivery, release: Release): number {
  const texts = textsOf(release);
  const shared = files.filter(({ content }) => texts.has(content));
  const own = files.filter(({ content }) => !texts.has(content));
  const sizes = sizesOf(release);
  const key = shared.map(({ path }) => path).join("\n");
  const size = sizes.get(key) ?? packedSize(shared);
  sizes.set(key, size);
  return size + packedSize(own);
}

function packedSize(files: readonly Artifact[]): number {
  return packDelivery({ files }).archive.byteLength;
}

const textsByRelease = new WeakMap<Release, ReadonlySet<string | Uint8Array>>();
const sizesByRelease = new WeakMap<Release, Map<string, number>>();

function textsOf(release: Release): ReadonlySet<string | Uint8Array> {
  const texts = textsByRelease.get(release) ?? new Set(release.templates.map(({ text }) => text));
  textsByRelease.set(release, texts);
  return texts;
}

function sizesOf(release: Release): Map<string, number> {
  const sizes = sizesByRelease.get(release) ?? new Map<string, number>();
  sizesByRelease.set(release, sizes);
  return sizes;
}
