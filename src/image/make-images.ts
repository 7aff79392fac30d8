import { open } from "node:fs/promises";
import type { BootFiles, ImageKind } from "../artifacts/boot-files.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { detectImage } from "./detect.ts";
import type { Fat } from "./fat.ts";
import { findBoot } from "./find-boot.ts";
import { hashFile } from "./hash-file.ts";
import { type MadeImage, makeImage } from "./make-image.ts";
import { plainPacker } from "./pack.ts";
import { fileRegion } from "./region.ts";
import { checkDigest, type Reading, readImage, type Source } from "./source.ts";
import { namingPlace, openTemporary } from "./temporary.ts";

/** One sensor's image. */
export type Wanted = { readonly name: string; readonly output: string; readonly bootFiles: BootFiles };

/** Starts a part of the work, in bytes of `total`. Returns a function for its progress and a better total. */
export type Stage = (label: string, total: number) => (bytes: number, total?: number) => void;

/** A sensor and its finished image. */
export type MadeFor = { readonly name: string; readonly made: MadeImage };

export type Batch = {
  readonly source: Source;
  readonly wanted: readonly Wanted[];
  readonly fat: Fat;
  readonly stage: Stage;
  /** Called for each skipped sensor, which needs another kind of base. */
  readonly leaveOut: (name: string, fits: readonly ImageKind[]) => void;
} & Omit<Reading, "report">;

/**
 * Makes an image for each sensor. A compressed base is unpacked once, beside the first result, and copied from there: on
 * file systems that share blocks, all images need only the space of one. Sensors that need another kind of image are
 * skipped, unless all do. A failure stops everything; finished images stay.
 */
export async function makeImages(batch: Batch): Promise<readonly MadeFor[]> {
  const { wanted, source, sha256, signal, fat, stage } = batch;
  const [first] = wanted;
  if (first === undefined) return [];
  if (wanted.length === 1) {
    const report = stage(first.name, source.bytes);
    return [{ name: first.name, made: await makeImage({ ...first, source, sha256, signal, fat, report }) }];
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
    const base: Source = {
      path: unpacked.path,
      form: "img",
      bytes: await packer.end(),
      filled: packer.written(),
    };
    return await makeEach({ ...batch, source: base });
  } catch (error) {
    throw namingPlace(error, first.output);
  } finally {
    await unpacked.discard();
  }
}

// Two at a time, each in its own thread.
async function makeEach(batch: Batch): Promise<readonly MadeFor[]> {
  const { source, signal, fat, stage } = batch;
  const wanted = await thoseThatFit(batch);
  const made: MadeFor[] = [];
  const queue = [...wanted.entries()];
  // One part for all images, so that it shows the time until the last one.
  const done = wanted.map(() => 0);
  const report = stage(
    wanted.length === 1 ? "1 image" : `${wanted.length} images`,
    source.bytes * wanted.length,
  );
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: unknown;
  const work = async () => {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [index, { name, output, bootFiles }] = next;
        const reportOne = (bytes: number) => {
          done[index] = bytes;
          report(done.reduce((sum, each) => sum + each, 0));
        };
        const options = { source, output, bootFiles, fat, signal: either, report: reportOne };
        const image = await makeImage(options).catch((error: unknown) => {
          throw error instanceof OutsideError
            ? new OutsideError(`${name}: ${error.message}`, error.hint)
            : error;
        });
        made[index] = { name, made: image };
        reportOne(source.bytes);
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

async function thoseThatFit({ wanted, source, fat, leaveOut }: Batch): Promise<readonly Wanted[]> {
  const file = await open(source.path, "r");
  try {
    const { volume, facts } = findBoot(fileRegion(file.fd, source.bytes));
    const { kind } = fat.mount(volume, (mounted) => detectImage(facts.label, mounted));
    const fitting = wanted.filter(({ bootFiles }) => bootFiles.fits.includes(kind));
    // If none fits, the first is refused with the reason.
    if (fitting.length === 0) return wanted;
    for (const { name, bootFiles } of wanted)
      if (!bootFiles.fits.includes(kind)) leaveOut(name, bootFiles.fits);
    return fitting;
  } finally {
    await file.close();
  }
}
