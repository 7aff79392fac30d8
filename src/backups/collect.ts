import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../concurrency/in-parallel.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { outsideFailure } from "../diagnostics/outside-failure.ts";
import { type ArchiveName, parseArchiveName } from "./archive-name.ts";
import { fetchArchive, type RemoteArchive } from "./fetch-archive.ts";
import { appendManifest } from "./manifest.ts";
import { ConnectionFailure, Refusal, status } from "./sftp/failure.ts";
import type { Remote } from "./sftp/remote.ts";
import type { Patience } from "./sftp/server.ts";

/** The location of one sensor's archives: on the backup server, or on the sensor itself. */
export type Origin = {
  readonly sensor: string;
  /** The folder with the archives. */
  readonly path: string;
  /** Opens a connection; rejects with `OutsideError`. */
  readonly connect: (signal: AbortSignal, patience: Patience | undefined) => Promise<Remote>;
};

export type CollectOptions = {
  readonly into: string;
  /** Only archives of this day (`2026-11-24`) or later. */
  readonly since?: string;
  /** Maximum number of sensors, and so of connections, at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly patience?: Patience;
  /** Approximate seconds before the first retry of a lost connection; each later pause is twice as long. 1 by default. */
  readonly retryPauseSeconds?: number;
  readonly onProgress: (progress: Progress) => void;
};

/** A progress event. */
export type Progress =
  | { readonly kind: "found"; readonly sensor: string; readonly archives: number; readonly bytes: number }
  | {
      readonly kind: "bytes";
      readonly sensor: string;
      readonly file: string;
      readonly count: number;
      readonly size: number;
    }
  | {
      readonly kind: "done";
      readonly sensor: string;
      readonly file: string;
      readonly what: "fetched" | "here";
      readonly size: number;
      readonly seconds: number;
    }
  /** The connection was lost during these; the remaining archives will be listed again. */
  | {
      readonly kind: "lost";
      readonly archives: number;
      readonly bytes: number;
      readonly files: readonly string[];
    };

/** The result for one sensor. */
export type Collected = {
  readonly sensor: string;
  readonly archives: readonly (ArchiveName & { readonly what: "fetched" | "here"; readonly path: string })[];
  /** Size of the archives that this run fetched. */
  readonly bytes: number;
  /** Archives without a checksum: their backup or upload is in progress or was interrupted. */
  readonly incomplete: readonly string[];
  readonly problems: readonly Problem[];
};

/** A failure of one archive or of the whole sensor, in foreign text that is safe to show. */
export type Problem = { readonly message: string; readonly hint: string | undefined };

/** Concurrent archives of one sensor, so that opening, closing and syncing one overlaps with fetching the others. */
const archivesAtOnce = 8;

/** Maximum number of lost connections for one sensor. */
const tries = 4;

/**
 * Fetches missing archives from every origin, each over one connection. A failure of one sensor or archive, also on the
 * local disk, is reported and does not stop the others. Rejects if interrupted.
 */
export async function collect(
  origins: readonly Origin[],
  options: CollectOptions,
): Promise<readonly Collected[]> {
  const collected = new Map<string, Collected>();
  await inParallel(origins, options.concurrency, async (origin) => {
    collected.set(origin.sensor, await collectSensor(origin, options));
  });
  return origins.flatMap(({ sensor }) => collected.get(sensor) ?? []);
}

async function collectSensor(origin: Origin, options: CollectOptions): Promise<Collected> {
  const { signal } = options;
  const run: Run = { origin, options, archives: new Map(), incomplete: [], problems: new Map(), bytes: 0 };
  for (let attempt = 1; ; attempt++) {
    const before = run.archives.size + run.bytes;
    try {
      await collectOnce(run);
      break;
    } catch (error) {
      signal.throwIfAborted();
      const failure = outsideFailure(error);
      if (failure === undefined) throw error;
      const isWorthwhile =
        failure instanceof ConnectionFailure && ["connect", "resolve"].includes(failure.stage);
      // A connection that transferred data does not count as failed.
      if (run.archives.size + run.bytes > before) attempt = 1;
      if (!isWorthwhile || attempt >= tries) {
        tell(run, "", failure);
        break;
      }
      await sleep(pauseMilliseconds(attempt, options.retryPauseSeconds ?? 1), undefined, { signal });
    }
  }
  return {
    sensor: origin.sensor,
    archives: [...run.archives.values()].sort((a, b) => (a.file < b.file ? -1 : 1)),
    bytes: run.bytes,
    incomplete: run.incomplete,
    problems: [...run.problems.values()].map(({ message, hint }) => ({ message, hint })),
  };
}

type Run = {
  readonly origin: Origin;
  readonly options: CollectOptions;
  readonly archives: Map<string, Collected["archives"][number]>;
  /** By archive; problems of the whole sensor have an empty name. */
  readonly problems: Map<string, OutsideError>;
  incomplete: readonly string[];
  bytes: number;
};

function tell(run: Run, file: string, error: OutsideError): void {
  run.problems.set(file, error);
}

// With jitter, so that sensors that lost the same server do not reconnect simultaneously.
function pauseMilliseconds(attempt: number, seconds: number): number {
  return 1000 * seconds * 2 ** (attempt - 1) * (0.5 + Math.random());
}

async function collectOnce(run: Run): Promise<void> {
  const { origin, options } = run;
  const remote = await origin.connect(options.signal, options.patience);
  try {
    const { archives, incomplete } = await find(remote, origin, options.since);
    run.incomplete = incomplete;
    const left = archives.filter(({ name }) => !run.archives.has(name.file) && !run.problems.has(name.file));
    const bytes = left.reduce((sum, { size }) => sum + size, 0);
    options.onProgress({ kind: "found", sensor: origin.sensor, archives: left.length, bytes });
    if (left.length === 0) return;
    const folder = join(options.into, origin.sensor);
    await mkdir(folder, { recursive: true });
    await inParallel(left, archivesAtOnce, async (archive) => {
      try {
        await fetchOne(run, remote, archive, folder);
      } catch (error) {
        options.signal.throwIfAborted();
        const failure = outsideFailure(error);
        if (failure === undefined || failure instanceof ConnectionFailure) throw error;
        tell(run, archive.name.file, failure);
      }
    }).catch((error) => {
      const lost = left.filter(({ name }) => !run.archives.has(name.file) && !run.problems.has(name.file));
      options.onProgress({
        kind: "lost",
        archives: lost.length,
        bytes: lost.reduce((sum, { size }) => sum + size, 0),
        files: lost.map(({ file }) => file),
      });
      throw error;
    });
  } finally {
    await remote.close();
  }
}

type Found = RemoteArchive & { readonly name: ArchiveName };

async function fetchOne(run: Run, remote: Remote, archive: Found, folder: string): Promise<void> {
  const { sensor } = run.origin;
  const { signal, onProgress, into } = run.options;
  const { file, size } = archive;
  await checkSpace(into, size);
  const begin = performance.now();
  const { what, sha256 } = await fetchArchive(remote, archive, folder, signal, (count) =>
    onProgress({ kind: "bytes", sensor, file, count, size }),
  );
  if (what === "fetched") {
    run.bytes += size;
    const { set, date } = archive.name;
    await appendManifest(into, {
      sensor,
      set,
      date,
      file: join(sensor, file),
      bytes: size,
      sha256,
      from: `${remote.url}/${archive.path.replace(/^\/+/, "")}`,
    });
  }
  run.archives.set(file, { ...archive.name, what, path: join(folder, file) });
  onProgress({ kind: "done", sensor, file, what, size, seconds: (performance.now() - begin) / 1000 });
}

// The archives of this sensor in its folder, oldest first. An archive with a checksum is complete.
async function find(
  remote: Remote,
  { sensor, path }: Origin,
  since: string | undefined,
): Promise<{ readonly archives: readonly Found[]; readonly incomplete: readonly string[] }> {
  const entries = await remote.list(path).catch((error) => {
    if (error instanceof Refusal && error.status === status.noSuchFile)
      throw new OutsideError(`there is no folder ${path} on ${remote.name}`, remote.hints.missing);
    throw error;
  });
  const names = new Set(entries.map(({ name }) => name));
  const archives: Found[] = [];
  const incomplete: string[] = [];
  for (const entry of entries) {
    const name = parseArchiveName(entry.name.replace(/\.part$/, ""));
    if (!entry.isFile || name === undefined || name.sensor !== sensor) continue;
    if (since !== undefined && name.date < since) continue;
    if (names.has(`${entry.name}.sha256`))
      archives.push({
        file: entry.name,
        path: `${path.replace(/\/$/, "")}/${entry.name}`,
        size: entry.size,
        name,
      });
    else if (!names.has(`${name.file}.sha256`)) incomplete.push(name.file);
  }
  return {
    archives: archives.sort((a, b) =>
      a.name.date < b.name.date ? -1 : a.name.date > b.name.date ? 1 : a.file < b.file ? -1 : 1,
    ),
    incomplete: [...new Set(incomplete)].sort(),
  };
}

// Checked before each, so that the disk does not fill up. A resumed part is counted twice, which does no harm.
async function checkSpace(into: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(into);
  const free = bavail * bsize;
  if (bytes > free)
    throw new OutsideError(
      `${into} has ${Math.floor(free / 1e6)} MB left, the next archive needs ${Math.ceil(bytes / 1e6)} MB`,
      "free some space and run the command again; it resumes",
    );
}
