import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { parseChecksum } from "./archive-name.ts";
import type { Operations } from "./sftp/operations.ts";
import type { Remote } from "./sftp/remote.ts";

/** A complete archive, with its checksum beside it. */
export type RemoteArchive = { readonly file: string; readonly path: string; readonly size: number };

/** The result: fetched now, or already present with the same content. */
export type Fetched = { readonly what: "fetched" | "here"; readonly sha256: string };

/**
 * Fetches one archive into a folder. It is written as `NAME.part`, which a later run resumes, and renamed only if it
 * matches the sensor's checksum; existing files are never changed. `onBytes` receives the bytes as they arrive, negative
 * if an existing part belonged to another file.
 */
export async function fetchArchive(
  remote: Remote,
  archive: RemoteArchive,
  folder: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Fetched> {
  const { file } = archive;
  const sums = await readSmall(remote, `${archive.path}.sha256`);
  const sha256 = parseChecksum(sums, file);
  if (sha256 === undefined)
    throw new OutsideError(
      `${file}.sha256 on ${remote.name} is not a checksum of ${file}`,
      remote.hints.damaged,
    );

  const target = join(folder, file);
  if ((await sizeOf(target)) !== undefined) {
    if (await isSame(target, archive, sha256, sums)) return { what: "here", sha256 };
    throw new OutsideError(
      `${target} is here with other content than on ${remote.name}`,
      "it was not overwritten; move it away to fetch the other one",
    );
  }

  const part = `${target}.part`;
  const had = (await sizeOf(part)) ?? 0;
  let digest = await download(remote, archive, part, signal, onBytes);
  if (digest !== sha256 && had > 0) {
    // The existing part may belong to another file: fetch again from the start.
    await rm(part);
    onBytes(-archive.size);
    digest = await download(remote, archive, part, signal, onBytes);
  }
  if (digest !== sha256) {
    await rm(part);
    throw new OutsideError(
      `${file} does not have its checksum: it is damaged on ${remote.name}`,
      remote.hints.damaged,
    );
  }
  await writeFile(`${target}.sha256`, sums);
  await rename(part, target);
  return { what: "fetched", sha256 };
}

// The SHA-256 of the whole archive. Existing bytes are hashed, not fetched. No sync, like other copying programs: after a
// power cut, the length of the file shows the missing bytes.
async function download(
  remote: Operations,
  archive: RemoteArchive,
  part: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<string> {
  let start = (await sizeOf(part)) ?? 0;
  if (start > archive.size) {
    await rm(part);
    start = 0;
  }
  const hash = start > 0 ? await hashSoFar(part) : createHash("sha256");
  onBytes(start);
  const file = await open(part, "a", 0o600);
  // One chunk is written while the next ones arrive.
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const chunk of remote.read(archive.path, start, archive.size)) {
      signal.throwIfAborted();
      hash.update(chunk);
      await writing;
      writing = file.appendFile(chunk).then(() => remote.giveBack(chunk));
      // The next await reports the failure.
      writing.catch(() => {});
      onBytes(chunk.length);
    }
  } finally {
    // Received bytes are kept even after a failure: the next run resumes there.
    await writing.finally(() => file.close());
  }
  return hash.digest("hex");
}

// A file with the same checksum file beside it was verified before; any other file is hashed again.
async function isSame(
  target: string,
  archive: RemoteArchive,
  sha256: string,
  sums: string,
): Promise<boolean> {
  if ((await sizeOf(target)) !== archive.size) return false;
  if ((await readFile(`${target}.sha256`, "utf8").catch(() => "")) === sums) return true;
  return (await hashSoFar(target)).digest("hex") === sha256;
}

async function readSmall(remote: Operations, path: string): Promise<string> {
  const size = (await remote.stat(path))?.size ?? 0;
  const chunks: Buffer[] = [];
  for await (const chunk of remote.read(path, 0, Math.min(size, 4096))) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  chunks.forEach(remote.giveBack);
  return text;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    },
  );
}

// To be continued with what follows, or digested.
async function hashSoFar(path: string): Promise<Hash> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash;
}
