import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { BootFiles } from "../artifacts/boot-files.ts";
import { copyImage } from "./copy-image.ts";
import type { Fat } from "./fat.ts";
import { hashFile } from "./hash-file.ts";
import { type Injected, inject } from "./inject.ts";
import { compressor, type Packing, packingOf, plainPacker } from "./pack.ts";
import { readyImage } from "./ready-image.ts";
import type { Region } from "./region.ts";
import { checkDigest, type Reading, readImage, type Source } from "./source.ts";
import { namingPlace, openTemporary, type Temporary } from "./temporary.ts";

/** One image to make. */
export type Job = {
  readonly source: Source;
  readonly output: string;
  readonly bootFiles: BootFiles;
  readonly fat: Fat;
} & Reading;

/** A finished image: the file, and the image that is in it. */
export type MadeImage = Injected & {
  readonly path: string;
  readonly packing: Packing;
  readonly bytes: number;
  readonly sha256: string;
  readonly imageBytes: number;
  readonly imageSha256: string;
};

/**
 * Makes one sensor's image: reads the base once, changes its boot partition on the fly, writes a temporary file and
 * renames it, with a `.sha256` for `sha256sum --check`. After a failure, `output` is unchanged.
 */
export async function makeImage(job: Job): Promise<MadeImage> {
  const packing = packingOf(job.output);
  const fresh = await openTemporary(job.output);
  try {
    const made = await (packing === "img" ? makePlain(job, fresh) : makePacked(job, packing, fresh));
    job.signal.throwIfAborted();
    await fresh.commit();
    await writeChecksum(job.output, made.sha256);
    return { path: job.output, packing, ...made };
  } catch (error) {
    throw namingPlace(error, job.output);
  } finally {
    await fresh.discard();
  }
}

type Content = Omit<MadeImage, "path" | "packing">;

async function makePlain(job: Job, fresh: Temporary): Promise<Content> {
  if (job.source.form === "img") return makeCopy(job, fresh);
  const injection = injectionOf(job);
  const packer = plainPacker(fresh.file.fd, (bytes) => fresh.file.truncate(bytes));
  const digest = createHash("sha256");
  const blocks = readyImage(readImage(job.source, job), fresh.file.fd, injection);
  for await (const { bytes, isStaged } of blocks) {
    digest.update(bytes);
    packer.write(bytes, isStaged);
  }
  const bytes = await packer.end();
  const sha256 = digest.digest("hex");
  return { ...injection.result(), bytes, sha256, imageBytes: bytes, imageSha256: sha256 };
}

async function makeCopy(job: Job, fresh: Temporary): Promise<Content> {
  const { source, signal } = job;
  if (job.sha256 !== undefined) checkDigest(source, await hashFile(source.path, signal), job.sha256);
  const injection = injectionOf(job);
  const sha256 = await copyImage(source, fresh, { ...job, ...injection });
  return {
    ...injection.result(),
    bytes: source.bytes,
    sha256,
    imageBytes: source.bytes,
    imageSha256: sha256,
  };
}

async function makePacked(job: Job, packing: "gz" | "xz", fresh: Temporary): Promise<Content> {
  const injection = injectionOf(job);
  const head = await openTemporary(job.output, "head");
  const packer = compressor(packing, fresh.file.fd);
  try {
    const digest = createHash("sha256");
    let imageBytes = 0;
    for await (const { bytes } of readyImage(readImage(job.source, job), head.file.fd, injection)) {
      digest.update(bytes);
      imageBytes += bytes.length;
      await packer.write(bytes);
    }
    return { ...injection.result(), ...(await packer.end()), imageBytes, imageSha256: digest.digest("hex") };
  } finally {
    packer.stop();
    await head.discard();
  }
}

function injectionOf({ bootFiles, fat }: Job) {
  let injected: Injected | undefined;
  return {
    change: (disk: Region) => {
      injected = inject(disk, bootFiles, fat);
    },
    result: (): Injected => {
      if (injected === undefined) throw new Error("the image ended before its boot files were written");
      return injected;
    },
  };
}

/** Writes the `.sha256` beside an image, for `sha256sum --check`. */
export async function writeChecksum(path: string, sha256: string): Promise<void> {
  const sums = await openTemporary(`${path}.sha256`);
  await sums.file.writeFile(`${sha256}  ${basename(path)}\n`);
  await sums.file.chmod(0o644);
  await sums.commit();
}
