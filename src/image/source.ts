import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, Readable, type Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Stretch } from "./stretches.ts";
import { readZipEntry } from "./zip.ts";

/** A base image file on the disk. */
export type Source = {
  readonly path: string;
  readonly form: Form;
  /** The size of the file, compressed or not. */
  readonly bytes: number;
  /** The ranges of the file that are not zero, if known. */
  readonly filled?: readonly Stretch[];
};

export type Form = "img" | "xz" | "gz" | "zip";

/** Options for reading a base. */
export type Reading = {
  /** Expected SHA-256 of the file on the disk, in hexadecimal; a mismatch is an error at the end of reading. */
  readonly sha256?: string | undefined;
  readonly signal: AbortSignal;
  /** Receives the number of bytes read from the file. */
  readonly report?: ((bytes: number) => void) | undefined;
};

/** Detects a file's type by its first bytes. */
export async function openSource(path: string): Promise<Source> {
  const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
  if (!isFile) throw new OutsideError(`${path} is not a file`);
  const file = await open(path, "r");
  const first = Buffer.alloc(6);
  await file.read(first, 0, 6, 0).finally(() => file.close());
  const begins = (...bytes: readonly number[]) => bytes.every((byte, index) => first[index] === byte);
  if (begins(0x28, 0xb5, 0x2f, 0xfd) || begins(0x42, 0x5a, 0x68))
    throw new OutsideError(
      `${path} is compressed with zstd or bzip2, which is not read here`,
      "decompress it first: zstd -d, bunzip2",
    );
  const form: Form = begins(0xfd, 0x37, 0x7a, 0x58, 0x5a)
    ? "xz"
    : begins(0x1f, 0x8b)
      ? "gz"
      : begins(0x50, 0x4b, 3, 4)
        ? "zip"
        : "img";
  return { path, form, bytes: size };
}

/** The uncompressed image, block by block. Throws `OutsideError` if it is damaged or its compression is not supported. */
export async function* readImage(source: Source, reading: Reading): AsyncGenerator<Uint8Array> {
  const digest = reading.sha256 === undefined ? undefined : createHash("sha256");
  try {
    yield* source.form === "zip"
      ? readZip(source, reading, digest)
      : unpack(source.form, readFile(source, reading, digest), reading.signal);
  } catch (error) {
    reading.signal.throwIfAborted();
    throw packingError(error, source);
  }
  if (digest !== undefined && reading.sha256 !== undefined)
    checkDigest(source, digest.digest("hex"), reading.sha256);
}

/** Throws `OutsideError` if a base has a wrong SHA-256. */
export function checkDigest({ path }: Source, found: string, wanted: string): void {
  if (found === wanted.toLowerCase()) return;
  throw new OutsideError(
    `${path} has a different checksum: its sha256 is ${found}`,
    "download it again, or correct the checksum (--sha256, or the .sha256 beside it)",
  );
}

type Digest = ReturnType<typeof createHash>;

async function* readFile(
  source: Source,
  reading: Reading,
  digest: Digest | undefined,
): AsyncGenerator<Buffer> {
  let done = 0;
  // A file stream allocates new memory for each block, so a reader may keep it.
  const stream = createReadStream(source.path, { highWaterMark: 1 << 20, signal: reading.signal });
  for await (const block of stream as AsyncIterable<Buffer>) {
    digest?.update(block);
    done += block.length;
    reading.report?.(done);
    yield block;
  }
}

// A zip's directory is at its end, so the whole file is hashed before anything is read.
async function* readZip(
  source: Source,
  reading: Reading,
  digest: Digest | undefined,
): AsyncGenerator<Uint8Array> {
  if (digest !== undefined) for await (const _ of readFile(source, { signal: reading.signal }, digest));
  const { stream, bytes } = await readZipEntry(source.path, ".img");
  let done = 0;
  for await (const block of stream as AsyncIterable<Buffer>) {
    reading.signal.throwIfAborted();
    done += block.length;
    reading.report?.(Math.round((source.bytes * done) / bytes));
    yield block;
  }
}

async function* unpack(
  form: Form,
  packed: AsyncGenerator<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (form === "img") yield* packed;
  else if (form === "gz") yield* throughTransform(createGunzip({ chunkSize: 1 << 18 }), packed);
  else if (await hasXz()) yield* throughXz(packed, signal);
  else yield* throughWasm(packed);
}

async function* throughTransform(
  transform: Transform,
  packed: AsyncGenerator<Buffer>,
): AsyncGenerator<Uint8Array> {
  // A failure on either side ends both; the reader of the transform gets the error.
  pipeline(packed, transform, () => {});
  yield* transform as AsyncIterable<Buffer>;
}

async function* throughXz(packed: AsyncGenerator<Buffer>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn("xz", ["--decompress", "--stdout", "--threads=0"], { stdio: "pipe", signal });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
    child.on("error", () => resolve(null));
  });
  let complaint = "";
  child.stderr.on("data", (text: Buffer) => {
    complaint += text.toString();
  });
  let inputError: unknown;
  const input = Readable.from(packed);
  input.on("error", (error) => {
    inputError = error;
    child.kill();
  });
  // If xz fails, it closes the pipe; its own message has the reason.
  child.stdin.on("error", () => input.destroy());
  input.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    signal.throwIfAborted();
    if (inputError !== undefined) throw inputError;
    if (code !== 0) throw new Error(complaint.trim() || "the program xz was killed");
  } finally {
    input.destroy();
    child.kill();
    await ended;
  }
}

async function* throughWasm(packed: AsyncGenerator<Buffer>): AsyncGenerator<Uint8Array> {
  const { XzReadableStream } = (await import("xz-decompress")).default;
  const stream = new XzReadableStream(Readable.toWeb(Readable.from(packed)) as ReadableStream<Uint8Array>);
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    throw needsXz(error) ? new OutsideError("the program xz is needed for this .xz file", installXz) : error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const installXz = "install it (apt install xz-utils, brew install xz), or unpack the image elsewhere";

// XZ Embedded (xz.h): an unsupported check, no memory, a too large dictionary, an unsupported filter.
function needsXz(error: unknown): boolean {
  return error instanceof Error && /error code [2346]$/.test(error.message);
}

/** Whether the `xz` program is available: it is faster than the built-in decoder, and only it compresses. */
export function hasXz(): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn("xz", ["--version"], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

// Messages of xz, zlib and yauzl about undamaged files.
const isUnreadable = /unsupported|not supported|encrypted|memory|killed/i;

function packingError(error: unknown, { path, form }: Source): unknown {
  if (!(error instanceof Error) || form === "img") return error;
  if (error instanceof OutsideError) return new OutsideError(`${path}: ${error.message}`, error.hint);
  // A failing disk has its own message; other errors come from the compressed file.
  if ("syscall" in error) return error;
  const reason = error.message.replace(/^xz: \(stdin\): /, "");
  if (isUnreadable.test(reason))
    return new OutsideError(
      `${path} cannot be unpacked here: ${reason}`,
      "unpack it and use the image itself",
    );
  return new OutsideError(`${path} is damaged: ${reason}`, "download it again");
}
