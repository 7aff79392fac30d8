import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Collected, collect, type Origin } from "../../backups/collect.ts";
import { manifestFile } from "../../backups/manifest.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { size, standardError } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";
import { loadTransfers, loginOf, serverOf, type Transfer } from "../shared/transfers.ts";
import type { CollectCommandOptions } from "./options.ts";
import { showCollection } from "./progress.ts";

/** Fetches archives and with `--extract` unpacks them; returns exit code 3 if one failed. */
export async function runCollect(
  file: string,
  options: CollectCommandOptions,
  { streams, signal }: Context,
): Promise<number> {
  const secrets = options.extract ? ["backup.password"] : [];
  const transfers = await loadTransfers(file, { ...options, secrets }, streams);
  const origins = await Promise.all(transfers.map((transfer) => originOf(transfer, options.identity)));
  const { into, concurrency, since } = options;
  await mkdir(into, { recursive: true });
  const unlock = await lock(into);
  const shown = showCollection(standardError());
  try {
    const collected = await collect(origins, {
      into,
      concurrency,
      signal,
      onProgress: shown.tell,
      ...(since !== undefined && { since }),
    });
    shown.end();
    answer(collected, options, streams);
    let isBad = collected.some(({ problems }) => problems.length > 0);
    if (options.extract) {
      const { extractCollected } = await import("./extract.ts");
      if (!(await extractCollected(collected, transfers, options, { streams, signal }))) isBad = true;
    }
    return isBad ? exitCodes.outside : exitCodes.fine;
  } finally {
    shown.end();
    await unlock();
  }
}

async function originOf(transfer: Transfer, identity: string | undefined): Promise<Origin> {
  const login = await loginOf(transfer, identity);
  if (login === undefined)
    throw new UsageError(
      `the key of ${transfer.sensor} exists only on the sensor (generate_key)`,
      `use your own key that ${transfer.transfer.user} on the server accepts: --identity FILE, or an ssh-agent`,
    );
  return {
    sensor: transfer.sensor,
    server: serverOf(transfer.transfer),
    login,
    path: transfer.transfer.path,
  };
}

// Two collections into one folder would write the same parts. A killed collection's lock is taken over.
async function lock(into: string): Promise<() => Promise<void>> {
  const path = join(into, ".collect.lock");
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const pid = Number(await readFile(path, "utf8").catch(() => "0"));
      if (attempt > 0 || isRunning(pid))
        throw new OutsideError(
          `another collection into ${into} is running (process ${pid})`,
          `if it is not, delete ${path}`,
        );
      await rm(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function answer(
  collected: readonly Collected[],
  { into, format }: CollectCommandOptions,
  streams: Streams,
): void {
  if (format === "json") {
    const sensors = collected.map(({ sensor, archives, bytes, incomplete, problems }) => ({
      sensor,
      archives,
      bytes,
      incomplete,
      problems,
    }));
    streams.json({ into, manifest: join(into, manifestFile), sensors });
    return;
  }
  for (const { sensor, archives, bytes, incomplete, problems } of collected) {
    const fetched = archives.filter(({ what }) => what === "fetched").length;
    const parts = [
      `${fetched} fetched (${size(bytes)})`,
      `${archives.length - fetched} existed already`,
      ...(incomplete.length > 0 ? [`${incomplete.length} incomplete on the server`] : []),
      ...(problems.length > 0 ? [`${problems.length} failed`] : []),
    ];
    streams.result(`${sensor}: ${parts.join(", ")}\n`);
  }
}
