import type { Attributes, Callback, Wrapper } from "ssh2-sftp-client";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { ConnectionFailure, Refusal, status } from "./failure.ts";
import type { Hints } from "./remote.ts";
import type { Patience } from "./server.ts";

/** The operations on a server. Paths are absolute, or relative to the login's start folder. */
export type Operations = {
  /** Lists each name once. Rejects for a folder with more than a hundred thousand entries. */
  readonly list: (folder: string) => Promise<readonly Entry[]>;
  /** `undefined` if the name does not exist. Follows links. */
  readonly stat: (path: string) => Promise<Attributes | undefined>;
  /**
   * The bytes from one offset to another, in order, with many concurrent requests. The caller owns a chunk; if it returns
   * each one, memory use does not depend on the size.
   */
  readonly read: (path: string, from: number, to: number) => AsyncGenerator<Buffer>;
  /** Takes back a whole chunk of `read` for reuse, because allocating new memory costs more than all the rest. */
  readonly giveBack: (chunk: Buffer) => void;
  /** Creates a small file; refuses to overwrite. */
  readonly write: (path: string, bytes: Buffer) => Promise<void>;
  readonly makeFolder: (path: string) => Promise<void>;
  /** Renames; refuses (in SFTP version 3) if the new name exists. */
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Renames over an existing file; `false` if the server does not support `posix-rename@openssh.com`. */
  readonly replace: (from: string, to: string) => Promise<boolean>;
  readonly remove: (path: string) => Promise<void>;
  /** Bytes of the file system; `undefined` if the server does not support `statvfs@openssh.com`. */
  readonly space: (path: string) => Promise<Space | undefined>;
};

export type Entry = { readonly name: string; readonly size: number; readonly isFile: boolean };
export type Space = { readonly freeBytes: number; readonly totalBytes: number };

/** The connection below the operations. */
export type Line = {
  readonly name: string;
  readonly hints: Hints;
  /** Resolves with the reason if the connection is lost. */
  readonly isClosed: Promise<Error>;
  readonly cut: () => void;
  readonly failure: (error: unknown) => Error;
  readonly signal: AbortSignal;
  readonly patience: Patience;
};

// OpenSSH serves this much in one request; for other servers ssh2 splits it.
const chunkBytes = 128 * 1024;
const requestsUnderWay = 32;
/** Archives and checksums of six sets for more than twenty years. */
const entriesAtMost = 100_000;
/** How many times longer than a silence a request, a chunk or a listing may take while data arrives. */
const slowness = 10;
/** The limit of file systems; a server may send more. */
const longestName = 255;

/** The operations over one connection; each ends within the time limits, however the server behaves. */
export function operations(sftp: Wrapper, line: Line): Operations {
  const ask = asker(sftp, line);
  const spare: Buffer[] = [];
  const close = (handle: Buffer) => ask("close a file", isNothing, (done) => sftp.close(handle, done));
  // A copy, because the next reads may reuse ssh2's memory.
  const open = async (doing: string, start: (done: Callback<Buffer>) => void) =>
    Buffer.from(await ask(doing, isHandle, start));

  // A slow server may answer each request in time, but never finish.
  function limit(doing: string): () => void {
    const seconds = slowness * line.patience.operationSeconds;
    const begin = performance.now();
    return () => {
      if (performance.now() - begin < seconds * 1000) return;
      throw new OutsideError(`cannot ${doing}: ${line.name} needs more than ${seconds} s`);
    };
  }

  async function readChunk(path: string, handle: Buffer, position: number, length: number): Promise<Buffer> {
    const stopwatch = limit(`read ${path}`);
    const buffer = (spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes)).subarray(0, length);
    for (let filled = 0; filled < length; ) {
      stopwatch();
      const count = await ask(`read ${path}`, isCount, (done) =>
        sftp.read(handle, buffer, filled, length - filled, position + filled, done),
      );
      if (count === 0) throw new OutsideError(`${path} on ${line.name} was truncated while it was read`);
      filled += count;
    }
    return buffer;
  }

  async function* read(path: string, from: number, to: number): AsyncGenerator<Buffer> {
    const handle = await open(`open ${path}`, (done) => sftp.open(path, "r", done));
    const chunks: Promise<Buffer>[] = [];
    try {
      for (let at = from; at < to || chunks.length > 0; ) {
        // Many at a time, sent together.
        const wanted = chunks.length <= requestsUnderWay / 2 ? requestsUnderWay : 0;
        while (at < to && chunks.length < wanted) {
          const length = Math.min(chunkBytes, to - at);
          const chunk = readChunk(path, handle, at, length);
          // The awaiting caller sees the failure; chunks after the failed one are not awaited.
          chunk.catch(() => {});
          chunks.push(chunk);
          at += length;
        }
        const next = chunks.shift();
        if (next !== undefined) yield await next;
      }
    } finally {
      await Promise.allSettled(chunks);
      await close(handle).catch(() => {});
    }
  }

  // ssh2 itself would collect entries until the memory is full.
  async function list(folder: string): Promise<readonly Entry[]> {
    const doing = `list ${folder}`;
    const handle = await open(doing, (done) => sftp.opendir(folder, done));
    const stopwatch = limit(doing);
    const entries = new Map<string, Entry>();
    try {
      for (let count = 0, silent = 0; ; ) {
        stopwatch();
        const some = await ask(doing, isEntries, (done) => sftp.readdir(handle, done)).catch((error) => {
          if (error instanceof Refusal && error.status === status.end) return undefined;
          throw error;
        });
        if (some === undefined) return [...entries.values()];
        count += some.length;
        if (count > entriesAtMost)
          throw new OutsideError(
            `${folder} on ${line.name} has more than ${entriesAtMost} entries`,
            line.hints.crowded,
          );
        const before = entries.size;
        for (const { filename, attrs } of some)
          if (filename !== undefined && filename.length <= longestName)
            entries.set(filename, { name: filename, size: attrs.size, isFile: attrs.isFile() });
        silent = entries.size === before ? silent + 1 : 0;
        if (silent > 100) throw new OutsideError(`cannot ${doing}: the listing of ${line.name} does not end`);
      }
    } finally {
      await close(handle).catch(() => {});
    }
  }

  return {
    read,
    giveBack: ({ buffer }) => {
      if (buffer.byteLength === chunkBytes) spare.push(Buffer.from(buffer));
    },
    list,
    stat: (path) =>
      ask(`look at ${path}`, isAttributes, (done) => sftp.stat(path, done)).catch((error) => {
        if (error instanceof Refusal && error.status === status.noSuchFile) return undefined;
        throw error;
      }),
    write: async (path, bytes) => {
      const handle = await open(`create ${path}`, (done) => sftp.open(path, "wx", done));
      await ask(`write ${path}`, isWritten, (done) =>
        sftp.write(handle, bytes, 0, bytes.length, 0, done),
      ).catch(async (error) => {
        await close(handle).catch(() => {});
        throw error;
      });
      await close(handle);
    },
    makeFolder: (path) => ask(`make the folder ${path}`, isNothing, (done) => sftp.mkdir(path, done)),
    rename: (from, to) => ask(`rename ${from}`, isNothing, (done) => sftp.rename(from, to, done)),
    replace: (from, to) =>
      ask(`rename ${from}`, isNothing, (done) => sftp.ext_openssh_rename(from, to, done)).then(
        () => true,
        isUnsupported,
      ),
    remove: (path) => ask(`delete ${path}`, isNothing, (done) => sftp.unlink(path, done)),
    space: (path) =>
      ask(`query the space of ${path}`, isSpace, (done) => sftp.ext_openssh_statvfs(path, done)).then(
        ({ f_frsize, f_blocks, f_bavail }) => ({
          freeBytes: f_bavail * f_frsize,
          totalBytes: f_blocks * f_frsize,
        }),
        (error) => {
          isUnsupported(error);
          return undefined;
        },
      ),
  };
}

type Ask = <T>(
  doing: string,
  isRight: (value: unknown) => value is T,
  start: (done: Callback<T>) => void,
) => Promise<T>;

// ssh2 passes replies of any type to the caller.
const isNothing = (value: unknown): value is undefined => value === undefined;
const isWritten = (value: unknown): value is number | undefined => isNothing(value) || isCount(value);
const isHandle = (value: unknown): value is Buffer => Buffer.isBuffer(value) && value.length <= 256;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
const isAttributes = (value: unknown): value is Attributes => hasAll(value, "isFile", "isDirectory");
const isEntries = (value: unknown): value is readonly { filename?: string; attrs: Attributes }[] =>
  Array.isArray(value) && value.every(({ attrs }) => isAttributes(attrs));
const isSpace = (value: unknown): value is { f_frsize: number; f_blocks: number; f_bavail: number } =>
  hasAll(value, "f_frsize", "f_blocks", "f_bavail");

function hasAll(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === "object" && value !== null && keys.every((key) => key in value);
}

// One request: answered, refused, timed out, or the connection is lost. ssh2 itself waits forever.
function asker(sftp: Wrapper, { name, hints, isClosed, cut, failure, signal, patience }: Line): Ask {
  const pending = new Set<(error: unknown) => void>();
  const silentMilliseconds = patience.operationSeconds * 1000;
  let heard = performance.now();
  const { push } = sftp;
  sftp.push = (data) => {
    heard = performance.now();
    return push.call(sftp, data);
  };
  let gone: Error | undefined;
  void isClosed.then((error) => {
    gone = error;
    for (const reject of pending) reject(error);
  });
  return (doing, isRight, start) => {
    const { promise, resolve, reject } = withResolvers<Parameters<Parameters<typeof start>[0]>[1]>();
    const lose = (error: unknown) => reject(signal.aborted ? signal.reason : failure(error));
    if (gone !== undefined) {
      lose(gone);
      return promise;
    }
    pending.add(lose);
    const begin = performance.now();
    const judge = () => {
      // On a slow line requests queue up: as long as others are answered, the server is not silent.
      const now = performance.now();
      const left = silentMilliseconds - (now - Math.max(begin, heard));
      if (left > 0 && now - begin < slowness * silentMilliseconds) {
        timer = setTimeout(judge, left);
        return;
      }
      reject(
        new ConnectionFailure(
          "connect",
          `${name} did not answer within ${patience.operationSeconds} s (${doing})`,
          "run the command again; it resumes",
        ),
      );
      cut();
    };
    let timer = setTimeout(judge, silentMilliseconds);
    try {
      start((error, value) => {
        if (error === null || error === undefined)
          if (isRight(value)) resolve(value);
          else reject(new OutsideError(`cannot ${doing}: the reply of ${name} is malformed`));
        else if (typeof error.code === "number")
          reject(
            new Refusal(
              error.code,
              `cannot ${doing}`,
              error.code === status.permissionDenied ? hints.denied : undefined,
            ),
          );
        else lose(error);
      });
    } catch (error) {
      // If the server does not support an extension, ssh2 throws instead of calling back.
      reject(
        /does not support/.test(String(error)) ? new Refusal(status.unsupported, `cannot ${doing}`) : error,
      );
    }
    return promise.finally(() => {
      clearTimeout(timer);
      pending.delete(lose);
    });
  };
}

function isUnsupported(error: unknown): false {
  if (error instanceof Refusal && error.status === status.unsupported) return false;
  throw error;
}

type Resolvers<T> = {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
};

// Promise.withResolvers is not yet in Node 20.
function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
