import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { namingPlace } from "./temporary.ts";

/** A publisher's checksum, in hexadecimal. */
export type Checksum = { readonly algorithm: "sha256" | "sha512"; readonly hex: string };

export type Download = {
  readonly url: string;
  readonly checksum: Checksum;
  /** Folder of downloaded files, by their checksum. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly report?: ((bytes: number, total: number | undefined) => void) | undefined;
  /** Seconds between two attempts; maximum number of attempts in a row without a single byte. */
  readonly pauseSeconds?: number;
};

const mostAttempts = 5;

/**
 * Downloads a file once: a file in the folder is not downloaded again, and a partial download of an earlier run or a lost
 * connection is resumed. Returns the path. Refuses plain http except from this machine, and a file with a wrong checksum.
 */
export async function download(given: Download): Promise<string> {
  const url = checkUrl(given.url);
  const name = basename(url.pathname).replace(/[^\w.+-]/g, "_") || "image";
  const path = join(given.folder, `${given.checksum.hex.slice(0, 16)}-${name}`);
  if (await exists(path)) return path;
  await mkdir(given.folder, { recursive: true });
  const part = `${path}.part`;
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await continueFetch(url, part, given);
      break;
    } catch (error) {
      given.signal.throwIfAborted();
      if (error instanceof OutsideError) throw error;
      // A failure of the disk; network failures are the cause of another error.
      if (error instanceof Error && "syscall" in error) throw namingPlace(error, part);
      if ((await sizeOf(part)) > before) attempt = 0;
      if (attempt >= mostAttempts)
        throw new OutsideError(
          `${url.href} cannot be fetched: ${reasonOf(error)}`,
          "run the command again; the download resumes",
        );
      await pause(given.pauseSeconds ?? 2 ** attempt, given.signal);
    }
  }
  const { algorithm, hex } = given.checksum;
  const found = await digestOf(part, algorithm, given.signal);
  if (found !== hex.toLowerCase()) {
    await rm(part);
    throw new OutsideError(
      `${url.href} has a different checksum: its ${algorithm} is ${found}`,
      "compare the checksum with the publisher's",
    );
  }
  await rename(part, path);
  return path;
}

/**
 * Fetches a small text, such as a list of checksums; `undefined` if there is none at this address. Refuses the same
 * addresses as {@link download}. Throws `OutsideError`.
 */
export async function fetchText(address: string, signal: AbortSignal): Promise<string | undefined> {
  const bytes = await fetchBytes(address, { signal, bytesAtMost: 1 << 20, seconds: 300 });
  return bytes && new TextDecoder().decode(bytes);
}

export type FetchLimits = {
  readonly signal: AbortSignal;
  readonly bytesAtMost: number;
  /** For the whole file. */
  readonly seconds: number;
};

/** Fetches a file into memory; `undefined` if there is none at this address. As {@link fetchText} otherwise. */
export async function fetchBytes(
  address: string,
  { signal, bytesAtMost, seconds }: FetchLimits,
): Promise<Buffer | undefined> {
  const url = checkUrl(address);
  const late = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await request(url, {}, AbortSignal.any([signal, late]));
    if (response.status === 404) return undefined;
    if (!response.ok) throw new OutsideError(`${url.href} returned status ${response.status}`);
    const blocks: Uint8Array[] = [];
    let bytes = 0;
    for await (const block of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      bytes += block.length;
      if (bytes > bytesAtMost) throw new OutsideError(`${url.href} has more than ${bytesAtMost} bytes`);
      blocks.push(block);
    }
    return Buffer.concat(blocks);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OutsideError) throw error;
    throw new OutsideError(
      late.aborted
        ? `${url.href} did not arrive within ${seconds} s`
        : `${url.href} cannot be fetched: ${reasonOf(error)}`,
    );
  }
}

function checkUrl(text: string): URL {
  if (!URL.canParse(text))
    throw new OutsideError(`${text} is not a URL`, "use a file name, or a URL that begins with https://");
  const url = new URL(text);
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isHere)) return url;
  throw new OutsideError(
    `${text} is not fetched: only https is`,
    "download it in another way and use the file",
  );
}

async function continueFetch(url: URL, part: string, { signal, report }: Download): Promise<void> {
  const have = await sizeOf(part);
  const response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, signal);
  // The file is complete or was truncated: the checksum decides.
  if (response.status === 416) return;
  if (!response.ok) {
    const error = `${url.href} returned status ${response.status} ${response.statusText}`.trim();
    if (response.status < 500) throw new OutsideError(error);
    throw new Error(error);
  }
  const start = response.status === 206 ? have : 0;
  const length = Number(response.headers.get("content-length"));
  const total = length > 0 ? start + length : undefined;
  const file = await open(part, start > 0 ? "r+" : "w");
  try {
    const end = await receive(response, file, start, (bytes) => report?.(bytes, total));
    if (total !== undefined && end < total)
      throw new Error(`the connection ended after ${end} bytes of ${total}`);
  } finally {
    await file.sync().finally(() => file.close());
  }
}

// Follows redirections, and checks each one first.
async function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let at = url;
  for (let hops = 0; hops < 10; hops++) {
    const response = await fetch(at, { signal, headers, redirect: "manual" });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    at = checkUrl(new URL(location, at).href);
  }
  throw new OutsideError(`${url.href} has a redirection loop`);
}

async function receive(
  response: Response,
  file: FileHandle,
  start: number,
  report: (bytes: number) => void,
): Promise<number> {
  let position = start;
  if (response.body !== null)
    for await (const block of response.body as unknown as AsyncIterable<Uint8Array>) {
      for (let done = 0; done < block.length; ) {
        const { bytesWritten } = await file.write(block, done, block.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
      report(position);
    }
  return position;
}

/** The checksum of a file, in hexadecimal. */
export async function digestOf(
  path: string,
  algorithm: Checksum["algorithm"],
  signal: AbortSignal,
): Promise<string> {
  const digest = createHash(algorithm);
  const file = await open(path, "r");
  for await (const block of file.createReadStream({ highWaterMark: 1 << 20, signal })) digest.update(block);
  return digest.digest("hex");
}

// fetch() reports only "fetch failed"; the reason is its cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
