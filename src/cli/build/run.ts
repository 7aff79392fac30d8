import { join } from "node:path";
import type { Artifact } from "../../artifacts/artifact.ts";
import { compile, type Extent, handedFile, type Release } from "../../artifacts/compile.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { loadSettings, type SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { targets } from "../../plan/targets.ts";
import { compareTree, type Difference } from "../../write/compare.ts";
import { checkIsOurs, claimFolder, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { processWorld } from "../shared/process-world.ts";
import { tellProblems } from "../shared/report.ts";
import { tooLarge } from "../shared/size-problems.ts";
import type { Streams } from "../shared/streams.ts";
import type { BuildOptions } from "./options.ts";

/** Compiles and writes, or with `--check` compares; gives the exit code. */
export async function build(
  file: string,
  options: BuildOptions,
  { streams, signal }: Context,
): Promise<number> {
  const only = options.sensor === undefined ? {} : { only: options.sensor };
  const loaded = await loadSettings(file, processWorld(), { readSecrets: true, ...only });
  tellProblems(loaded.diagnostics, loaded.source, streams);
  const exit = exitCode(loaded.diagnostics, options);
  if (exit !== exitCodes.fine) return exit;

  const run = startRun(loaded.sensors, await readRelease(), options.seedOnly ? "seed" : undefined);
  try {
    if (options.check) return answerCheck(await compare(options, run), options, streams);
    await write(options, run, signal);
  } catch (error) {
    if (!(error instanceof TooLargeFound)) throw error;
    tellProblems(run.problems, loaded.source, streams);
    return exitCodes.settings;
  }
  answerBuild(run.summaries, options, streams);
  return exitCodes.fine;
}

// What one run gathers while its sensors are compiled one after the other: the trees of ten thousand sensors are
// never in memory together.
type Run = {
  readonly artifacts: Iterable<Artifact>;
  readonly summaries: Summary[];
  readonly problems: Diagnostic[];
};

type Summary = {
  readonly sensor: string;
  readonly target: string;
  readonly form: string;
  readonly bytes: number;
  readonly limit_bytes: number | null;
  readonly user_data: string;
};

// Thrown when all has been compiled and something did not fit, so that nothing is put into place.
class TooLargeFound extends Error {}

function startRun(sensors: Iterable<SensorPlan>, release: Release, extent: Extent | undefined): Run {
  const summaries: Summary[] = [];
  const problems: Diagnostic[] = [];
  function* artifacts() {
    for (const sensor of sensors) {
      const { name, target } = sensor.plan;
      const compiled = compile(sensor.plan, sensor.secrets, release, extent);
      if ("contributors" in compiled) {
        problems.push(tooLarge(sensor, compiled));
        continue;
      }
      const { form, bytes } = compiled.userData;
      const user_data = join(name, handedFile(compiled.userData, targets[target]));
      summaries.push({
        sensor: name,
        target,
        form,
        bytes,
        limit_bytes: targets[target].limitBytes ?? null,
        user_data,
      });
      for (const artifact of compiled.artifacts) yield { ...artifact, path: join(name, artifact.path) };
    }
    if (problems.length > 0) throw new TooLargeFound();
  }
  return { artifacts: artifacts(), summaries, problems };
}

// Of one sensor only its own folder is replaced; of all of them the whole tree.
async function write(
  { output, sensor, force }: BuildOptions,
  { artifacts }: Run,
  signal: AbortSignal,
): Promise<void> {
  if (!force) await checkIsOurs(output);
  if (sensor === undefined) return replaceTree(output, withMarker(artifacts), signal);
  await claimFolder(output);
  await replaceTree(join(output, sensor), below(sensor, artifacts), signal);
}

function compare({ output, sensor }: BuildOptions, { artifacts }: Run): Promise<readonly Difference[]> {
  if (sensor === undefined) return compareTree(output, withMarker(artifacts));
  return compareTree(join(output, sensor), below(sensor, artifacts));
}

function* withMarker(artifacts: Iterable<Artifact>): Iterable<Artifact> {
  yield* artifacts;
  yield markerFile;
}

function* below(sensor: string, artifacts: Iterable<Artifact>): Iterable<Artifact> {
  for (const artifact of artifacts) yield { ...artifact, path: artifact.path.slice(sensor.length + 1) };
}

function answerCheck(
  differences: readonly Difference[],
  { output, sensor, format }: BuildOptions,
  streams: Streams,
): number {
  const tree = sensor === undefined ? output : join(output, sensor);
  if (format === "json") streams.result(`${JSON.stringify({ tree, differences }, null, 2)}\n`);
  else for (const { path, what } of differences) streams.result(`${what.padEnd(8)} ${join(tree, path)}\n`);
  streams.say(differences.length === 0 ? `${tree} is up to date` : `${tree} is stale; build it again`);
  return differences.length === 0 ? exitCodes.fine : exitCodes.settings;
}

function answerBuild(
  summaries: readonly Summary[],
  { output, format }: BuildOptions,
  streams: Streams,
): void {
  if (format === "json") {
    streams.result(`${JSON.stringify({ output, sensors: summaries }, null, 2)}\n`);
    return;
  }
  for (const { target, form, bytes, limit_bytes, user_data } of summaries) {
    const of =
      limit_bytes === null ? "" : `, ${Math.ceil((100 * bytes) / limit_bytes)} % of what ${target} takes`;
    streams.result(`${join(output, user_data)}  ${bytes} bytes, ${form}${of}\n`);
  }
  const [first] = summaries;
  if (first === undefined) return;
  streams.say(
    `Give a new machine its user-data and it configures itself; ${join(output, first.sensor, "README.txt")} says how.`,
  );
}
