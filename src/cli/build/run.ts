import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { installer } from "../../artifacts/apply-archive.ts";
import type { Artifact } from "../../artifacts/artifact.ts";
import { compile, type Extent, handedFile, type Release } from "../../artifacts/compile.ts";
import { firstOf } from "../../diagnostics/first-of.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { type SensorSize, tooLargeProblems } from "../../load/too-large.ts";
import { targets } from "../../plan/targets.ts";
import { compareTree, type Difference } from "../../write/compare.ts";
import { nestedOutputs } from "../../write/nested-outputs.ts";
import { checkHasOnlyOurs, checkIsOurs, claimFolder, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { openSettings, refuseProblems } from "../shared/open-settings.ts";
import { answerCheck } from "../shared/print-differences.ts";
import { counted } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";
import { totals } from "../shared/totals.ts";
import type { BuildOptions } from "./options.ts";

/** Compiles and writes, or with `--check` compares; returns the exit code. */
export async function build(
  file: string,
  options: BuildOptions,
  { streams, signal }: Context,
): Promise<number> {
  const loaded = await openSettings(file, options, { readSecrets: true }, streams);
  const run = startRun(
    counted(loaded.sensors, options.check ? "comparing" : "building", "sensors", streams.status),
    await readRelease(),
    options,
  );
  try {
    if (options.check) return checked(await compare(options, run), options, streams);
    const removed = await write(options, run, signal);
    answerBuild(run.summaries, removed, file, options, streams);
    return exitCodes.fine;
  } catch (error) {
    if (!(error instanceof TooLargeFound)) throw error;
    refuseProblems(tooLargeProblems(run.tooLarge), loaded, options, streams);
    throw new Error("a sensor that is too large must be an error");
  }
}

// The results that one run keeps while it compiles its sensors one after the other, so that the trees of ten thousand
// sensors are never in memory together.
type Run = {
  /** Each sensor's files, relative to its folder. */
  readonly folders: Iterable<Folder>;
  readonly summaries: Summary[];
  readonly tooLarge: SensorSize[];
};

type Folder = { readonly name: string; readonly artifacts: readonly Artifact[] };

type Summary = {
  readonly sensor: string;
  readonly target: string;
  readonly form: string;
  readonly bytes: number;
  readonly limit_bytes: number | null;
  readonly user_data: string;
  /** How programs and secrets reach the sensor. */
  readonly delivery: "user-data" | "download" | "ssh";
};

// Thrown after all sensors have been compiled and one was too large, so that no file is put into place.
class TooLargeFound extends Error {}

function startRun(
  sensors: Iterable<SensorPlan>,
  release: Release,
  { seedOnly, installer: wantsInstaller }: BuildOptions,
): Run {
  const extent: Extent | undefined = seedOnly ? "seed" : undefined;
  const summaries: Summary[] = [];
  const tooLarge: SensorSize[] = [];
  function* folders() {
    for (const sensor of sensors) {
      const { name, target } = sensor.plan;
      const compiled = compile(sensor.plan, sensor.secrets, release, extent);
      if (compiled.kind === "too-large") {
        tooLarge.push({ sensor, size: compiled });
        continue;
      }
      const { form, bytes } = compiled.userData;
      const user_data = join(name, handedFile(compiled.userData, targets[target]));
      const limit_bytes = targets[target].limitBytes ?? null;
      const delivery = compiled.delivery ? "ssh" : compiled.programs ? "download" : "user-data";
      summaries.push({ sensor: name, target, form, bytes, limit_bytes, user_data, delivery });
      const installers = wantsInstaller ? [installer(sensor.plan, sensor.secrets, release)] : [];
      yield { name, artifacts: [...compiled.artifacts, ...installers] };
    }
    if (tooLarge.length > 0) throw new TooLargeFound();
  }
  return { folders: folders(), summaries, tooLarge };
}

// Replaces only the folders of the chosen sensors, or the whole tree if all are chosen. Returns the sensors whose
// folders were removed.
async function write(
  { output, sensor, force }: BuildOptions,
  { folders, summaries }: Run,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!force) await checkIsOurs(output);
  if (sensor === undefined) {
    if (!force) await checkHasOnlyOurs(output);
    const before = await sensorsIn(output);
    await replaceTree(output, wholeTree(folders), signal);
    const now = new Set(summaries.map((summary) => summary.sensor));
    return before.filter((name) => !now.has(name));
  }
  // All sensors are compiled before the first is written.
  const chosen = [...folders];
  await claimFolder(output);
  for (const { name, artifacts } of chosen) await replaceTree(join(output, name), artifacts, signal);
  return [];
}

/** The sensors that a build folder contains. */
async function sensorsIn(output: string): Promise<readonly string[]> {
  const entries = await readdir(output, { withFileTypes: true }).catch(() => []);
  if (!entries.some(({ name }) => name === markerFile.path)) return [];
  const nested = new Set(await nestedOutputs(output));
  return entries
    .flatMap((entry) => (entry.isDirectory() && !nested.has(entry.name) ? [entry.name] : []))
    .sort();
}

async function compare({ output, sensor }: BuildOptions, { folders }: Run): Promise<readonly Difference[]> {
  if (sensor === undefined) return compareTree(output, wholeTree(folders));
  const differences: Difference[] = [];
  for (const { name, artifacts } of folders)
    for (const { path, what } of await compareTree(join(output, name), artifacts))
      differences.push({ path: join(name, path), what });
  return differences;
}

function* wholeTree(folders: Iterable<Folder>): Iterable<Artifact> {
  for (const { name, artifacts } of folders)
    for (const artifact of artifacts) yield { ...artifact, path: join(name, artifact.path) };
  yield markerFile;
}

function checked(
  differences: readonly Difference[],
  { output, sensor, format }: BuildOptions,
  streams: Streams,
): number {
  const code = answerCheck(output, differences, format, streams);
  const trees = sensor === undefined ? [output] : sensor.map((name) => join(output, name));
  const [is, it] = trees.length === 1 ? ["is", "it"] : ["are", "them"];
  streams.say(
    differences.length === 0
      ? `${trees.join(", ")} ${is} up to date`
      : `${trees.join(", ")} ${is} stale; build ${it} again`,
  );
  return code;
}

function answerBuild(
  summaries: readonly Summary[],
  removed: readonly string[],
  file: string,
  { output, format, installer: wantsInstaller }: BuildOptions,
  streams: Streams,
): void {
  if (removed.length > 0)
    streams.say(
      `Removed from ${output} because ${removed.length === 1 ? "it is no sensor" : "they are no sensors"} of the settings: ${removed.join(", ")}`,
    );
  if (format === "json") {
    streams.json({ output, sensors: summaries, removed });
    return;
  }
  for (const { target, form, bytes, limit_bytes, user_data, delivery } of summaries) {
    const of =
      limit_bytes === null ? "" : `, ${Math.ceil((100 * bytes) / limit_bytes)} % of the limit of ${target}`;
    streams.print(`${join(output, user_data)}  ${bytes} bytes, ${form}${of}${followed[delivery]}\n`);
  }
  if (summaries.length > 1)
    streams.say(totals("sensor", summaries, ({ delivery }) => inTotal[delivery], Object.values(inTotal)));
  const first = summaries.find(({ delivery }) => delivery !== "ssh") ?? summaries[0];
  if (first === undefined) return;
  if (wantsInstaller)
    streams.say(
      `To change a running machine, copy ${join(output, first.sensor, `${first.sensor}.install.sh`)} to it.
The file contains the machine's secrets. Run there:
  sudo sh ${first.sensor}.install.sh`,
    );
  const waiting = summaries.filter(({ delivery }) => delivery === "ssh").map(({ sensor }) => sensor);
  const readme = join(output, first.sensor, "README.txt");
  const how =
    summaries.length === 1
      ? "How to create it:"
      : "Each folder's README.txt describes how to create its machine, for example:";
  streams.say(
    waiting.length < summaries.length
      ? `A new machine with this user-data configures itself. ${how}\n  ${readme}`
      : `A new machine with this user-data opens the admin port and waits. ${how}\n  ${readme}`,
  );
  if (waiting.length === 0) return;
  streams.say(
    `${firstOf(waiting)}: after the machine has started, send programs and secrets over SSH:\n  sensorbake apply ${file}`,
  );
}

const inTotal = {
  "user-data": "with everything in the user-data",
  download: "with programs to download",
  ssh: "with programs and secrets over SSH",
};

const followed = {
  "user-data": "",
  download: "; the machine downloads its programs",
  ssh: "; programs and secrets follow over SSH",
};
