import type { Artifact } from "../artifacts/artifact.ts";
import type { Release } from "../artifacts/compile.ts";
import { type Delivery, packDelivery } from "../artifacts/delivery.ts";
import { once } from "../plan/once.ts";

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

const textsOf = once(
  ({ templates }: Release): ReadonlySet<string | Uint8Array> => new Set(templates.map(({ text }) => text)),
);

// The packed size of shared files, by their paths.
const sizesOf = once((_: Release) => new Map<string, number>());
