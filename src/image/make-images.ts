import type { BootFiles } from "../artifacts/boot-files.ts";
import type { Fat } from "./fat.ts";
import { hashFile } from "./hash-file.ts";
import { type MadeImage, makeImage } from "./make-image.ts";
import { plainPacker } from "./pack.ts";
import { checkDigest, type Reading, readImage, type Source } from "./source.ts";
import { openTemporary } from "./temporary.ts";

/** One sensor's image. */
export type Wanted = { readonly name: string; readonly output: string; readonly bootFiles: BootFiles };

/** Begins a part of the work, in bytes of `total`; what it gives is told how far it is, and a better total. */
export type Stage = (label: string, total: number) => (bytes: number, total?: number) => void;

export type Batch = {
  readonly source: Source;
  readonly wanted: readonly Wanted[];
  readonly fat: Fat;
  readonly stage: Stage;
} & Omit<Reading, "report">;

/**
 * Makes an image for each sensor. A base that is packed is unpacked once, beside the first result, and copied from
 * there: on file systems that share blocks the images take no more room than one of them. What fails stops all;
 * images that are finished by then stay.
 */
export async function makeImages(batch: Batch): Promise<readonly MadeImage[]> {
  const { wanted, source, sha256, signal, fat, stage } = batch;
  const [first] = wanted;
  if (first === undefined) return [];
  if (wanted.length === 1) {
    const report = stage(first.name, source.bytes);
    return [await makeImage({ ...first, source, sha256, signal, fat, report })];
  }
  if (source.form === "img") {
    if (sha256 !== undefined) checkDigest(source, await hashFile(source.path, signal), sha256);
    return makeEach(batch);
  }
  const unpacked = await openTemporary(first.output, "base");
  try {
    const packer = plainPacker(unpacked.file.fd, (bytes) => unpacked.file.truncate(bytes));
    const reading = { sha256, signal, report: stage("unpacking the base", source.bytes) };
    for await (const block of readImage(source, reading)) packer.write(block, false);
    const base: Source = { path: unpacked.path, form: "img", bytes: await packer.end() };
    return await makeEach({ ...batch, source: base });
  } finally {
    await unpacked.discard();
  }
}

// Two at a time: while one is hashed in a thread of its own the next is copied.
async function makeEach({ wanted, source, signal, fat, stage }: Batch): Promise<readonly MadeImage[]> {
  const made: MadeImage[] = [];
  const queue = [...wanted.entries()];
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: unknown;
  const work = async () => {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, { name, output, bootFiles }] = next;
        const report = stage(`${name} (${index + 1} of ${wanted.length})`, source.bytes);
        made[index] = await makeImage({ source, output, bootFiles, fat, signal: either, report });
      }
    } catch (error) {
      failure ??= error;
      stop.abort();
    }
  };
  await Promise.all([work(), work()]);
  signal.throwIfAborted();
  if (failure !== undefined) throw failure;
  return made;
}
