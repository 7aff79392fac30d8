import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { sparseWriter, writeAll } from "./sparse.ts";

/** The form of a written image. */
export type Packing = "img" | "gz" | "xz";

/** Writes the blocks of an image into a new file; `end` returns facts about it, before it is durable. */
export type Packer = {
  readonly write: (block: Uint8Array) => Promise<void> | void;
  readonly end: () => Promise<{ readonly bytes: number; readonly sha256: string }>;
  readonly stop: () => void;
};

/** The form by file name: `.img.xz`, `.img.gz`, otherwise uncompressed. */
export function packingOf(path: string): Packing {
  return path.endsWith(".xz") ? "xz" : path.endsWith(".gz") ? "gz" : "img";
}

/** A writer of compressed images into `descriptor`; xz needs the program xz. */
export function compressor(packing: "gz" | "xz", descriptor: number): Packer {
  if (packing === "gz") {
    const gzip = createGzip({ chunkSize: 1 << 16 });
    return through(gzip, gzip, descriptor, () => gzip.destroy());
  }
  const child = spawn("xz", ["--compress", "--stdout", "--threads=0"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ENOENT";
    const known = new OutsideError(
      "the program xz, needed for compression, is not installed",
      "install xz-utils, or write .img.gz",
    );
    child.stdin.destroy(isMissing ? known : error);
    child.stdout.destroy(isMissing ? known : error);
  });
  return through(child.stdin, child.stdout, descriptor, () => child.kill());
}

/** A writer of uncompressed images: makes holes for zeros, and skips blocks that are already in the file. */
export function plainPacker(descriptor: number, truncate: (bytes: number) => Promise<void>) {
  const writer = sparseWriter(descriptor);
  return {
    write: (block: Uint8Array, isThere: boolean) =>
      isThere ? writer.skip(block.length) : writer.write(block),
    end: async () => {
      await truncate(writer.position());
      return writer.position();
    },
    written: writer.written,
  };
}

function through(input: Writable, output: Readable, descriptor: number, stop: () => void): Packer {
  const digest = createHash("sha256");
  let bytes = 0;
  const written = (async () => {
    for await (const block of output as AsyncIterable<Buffer>) {
      digest.update(block);
      writeAll(descriptor, block, bytes);
      bytes += block.length;
    }
  })();
  let failure: unknown;
  written.catch((error: unknown) => {
    failure ??= error;
    input.destroy();
  });
  input.on("error", (error) => {
    failure ??= error;
  });
  return {
    write: (block) =>
      new Promise((resolve, reject) => {
        input.write(block, (error) => {
          if (error) reject(failure ?? error);
          else resolve();
        });
      }),
    end: async () => {
      input.end();
      await written;
      if (failure !== undefined) throw failure;
      return { bytes, sha256: digest.digest("hex") };
    },
    stop,
  };
}
