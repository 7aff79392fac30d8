import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Collected, collect } from "../../backups/collect.ts";
import { manifestFile } from "../../backups/manifest.ts";
import { numberOf } from "../../diagnostics/number-of.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { showProgress, size } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";
import type { CollectCommandOptions } from "./options.ts";
import { originsOf } from "./origins.ts";
import { showCollection } from "./progress.ts";
import { type Newest, newArchives, newestOf, renderSummary } from "./summary.ts";

/** Fetches archives and with `--extract` unpacks them; returns exit code 3 if one failed. */
export async function runCollect(
  file: string,
  options: CollectCommandOptions,
  { streams, signal }: Context,
): Promise<number> {
  const { into, concurrency, since, identity, extract } = options;
  const readSecrets = [
    ...(identity === undefined ? ["transfer.private_key"] : []),
    ...(extract ? ["backup.password"] : []),
  ];
  const { sensors } = await openSettings(file, options, { readSecrets }, streams);
  const origins = await originsOf(sensors, options, signal);
  await mkdir(into, { recursive: true });
  const unlock = await lock(into);
  const shown = showCollection(streams);
  const progress = showProgress(streams.status);
  try {
    let collected = await collect(origins, {
      into,
      concurrency,
      signal,
      onProgress: shown.tell,
      ...(since !== undefined && { since }),
    });
    shown.end();
    if (extract) {
      const { extractCollected } = await import("./extract.ts");
      const problems = await extractCollected(collected, sensors, options, { streams, signal }, progress);
      collected = collected.map((one) => ({
        ...one,
        problems: [...one.problems, ...(problems.get(one.sensor) ?? [])],
      }));
    }
    answer(collected, sensors, options, streams);
    return collected.some(({ problems }) => problems.length > 0) ? exitCodes.outside : exitCodes.fine;
  } finally {
    shown.end();
    progress.end();
    await unlock();
  }
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
  sensors: readonly SensorPlan[],
  { into, format }: CollectCommandOptions,
  streams: Streams,
): void {
  const timezones = new Map(sensors.map(({ plan }) => [plan.name, plan.timezone]));
  const now = new Date();
  const newest = new Map(
    collected.flatMap((one) => {
      const found = newestOf(one, timezones.get(one.sensor) ?? "Etc/UTC", now);
      return found === undefined ? [] : [[one.sensor, found]];
    }),
  );
  if (format === "json") {
    const all = collected.map((one) => sensorJson(one, newest.get(one.sensor)));
    streams.json({ into, manifest: join(into, manifestFile), sensors: all });
    return;
  }
  for (const { sensor, incomplete } of collected)
    if (incomplete.length > 0)
      streams.say(`${sensor}: ${incomplete.length} incomplete, left for the next collection`);
  streams.print(
    renderSummary(collected, newest, streams.resultIsTerminal ? streams.widthOfResult : undefined),
  );
  if (collected.length > 1) {
    const files = collected.reduce((sum, one) => sum + newArchives(one), 0);
    const bytes = collected.reduce((sum, one) => sum + one.bytes, 0);
    const bad = collected.filter(({ problems }) => problems.length > 0).length;
    streams.say(
      `${numberOf(collected.length, "sensor")}: ${numberOf(files, "new archive")}, ${size(bytes)}${bad > 0 ? `; ${bad} with problems` : ""}`,
    );
  }
  for (const { sensor, problems } of collected)
    for (const { message, hint } of problems) {
      streams.say(`${sensor}: ${message}`);
      if (hint !== undefined) streams.say(`  = help: ${hint}`);
    }
}

function sensorJson(one: Collected, newest: Newest | undefined): object {
  const { sensor, archives, bytes, incomplete, problems } = one;
  return {
    sensor,
    new_archives: newArchives(one),
    newest: newest === undefined ? null : { file: newest.file, age_seconds: newest.ageSeconds ?? null },
    archives,
    bytes,
    incomplete,
    problems: problems.map(({ message, hint }) => ({ message, hint: hint ?? null })),
  };
}
