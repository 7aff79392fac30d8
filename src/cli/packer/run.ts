import { join, relative } from "node:path";
import type { Artifact } from "../../artifacts/artifact.ts";
import { packerBundle, packerSources } from "../../artifacts/packer/bundle.ts";
import { readPackage, readPackerRelease } from "../../load/read-release.ts";
import { buildImage } from "../../packer/build-image.ts";
import { type CiInstall, installForms, readInstall } from "../../packer/ci-install.ts";
import { type CiFiles, ciWorkflow, isCiPath } from "../../packer/ci-workflow.ts";
import type { Plan } from "../../plan/plan.ts";
import { compareFile, compareTree } from "../../write/compare.ts";
import { checkIsOurs, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings } from "../shared/open-settings.ts";
import { printDifferences } from "../shared/print-differences.ts";
import { someNames } from "../shared/some-names.ts";
import type { Streams } from "../shared/streams.ts";
import type { PackerOptions } from "./options.ts";
import { writeWorkflow } from "./write-workflow.ts";

/** Writes the bundle, or with `--check` compares; returns the exit code. Reads no secret. */
export async function packer(
  file: string,
  options: PackerOptions,
  { streams, signal }: Context,
): Promise<number> {
  const loaded = await openSettings(file, options, { readSecrets: false }, streams);
  const plans = plansOfOneSystem(
    loaded.sensors.map(({ plan }) => plan),
    options.os,
  );
  const release = await readPackerRelease();
  const wanted =
    options.build === undefined ? undefined : buildOf(options.build, packerSources(plans, release));
  const bundle = [...packerBundle(plans, release), markerFile];
  const ci = await ciOf(file, plans, options, release.packer);
  if (options.check) return compare(bundle, ci, options, streams);
  if (!options.force) await checkIsOurs(options.output);
  await replaceTree(options.output, bundle, signal);
  if (ci !== undefined) await writeWorkflow(ci, options.force, streams);
  if (wanted === undefined) answer(plans, options, streams);
  else await bake(wanted, options, { streams, signal });
  return exitCodes.fine;
}

// Packer names a build by its source and our word for it; the source alone is enough if it has a single build.
function buildOf(wanted: string | true, sources: readonly string[]): string {
  const arm = process.arch === "arm64" ? "arm64" : "amd64";
  const usual = sources.includes("qemu") ? "qemu" : (sources[0] ?? "");
  const [source = "", name] = (wanted === true ? usual : wanted).split(".");
  if (!sources.includes(source))
    throw new UsageError(`these sensors have no source ${source}`, `the sources are ${sources.join(", ")}`);
  const names = source === "qemu" ? [arm, "amd64", "arm64"] : source === "arm-image" ? ["pi"] : ["sensor"];
  if (name !== undefined && !names.includes(name))
    throw new UsageError(
      `${source} has no build ${name}`,
      `its builds are ${[...new Set(names)].join(", ")}`,
    );
  return `${source}.${name ?? names[0]}`;
}

async function bake(build: string, options: PackerOptions, { streams, signal }: Context): Promise<void> {
  const begin = performance.now();
  const elapsed = () => {
    const seconds = Math.floor((performance.now() - begin) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const built = await buildImage(
    {
      bundle: options.output,
      build,
      output: options.images,
      variableFiles: options.varFile ?? [],
      accelerator: options.accelerator,
    },
    { tell: (line) => streams.say(`${elapsed().padStart(6)} ${line}`), signal },
  );
  if (options.format === "json") streams.json({ built });
  else for (const { files, artifactId } of built) streams.result(`${files.join("\n") || artifactId}\n`);
  streams.say(
    `built in ${elapsed()}; \`sensorbake build SETTINGS --seed-only\` writes the seed that each sensor adds`,
  );
}

/** The sensors that the image is for; an image has only one system. */
function plansOfOneSystem(all: readonly Plan[], wanted: string | undefined): readonly Plan[] {
  const systems = [...new Set(all.map(({ os }) => os))].sort();
  const os = wanted ?? systems[0];
  if (wanted === undefined && systems.length > 1)
    throw new UsageError(
      `the sensors have different systems (${systems.join(", ")}), but an image has only one`,
      `choose one with --os, e.g. --os ${systems[0]}, and use a different --output for each`,
    );
  const plans = all.filter((plan) => plan.os === os);
  if (plans.length === 0)
    throw new UsageError(`no sensor has the system ${wanted}`, `the systems are ${systems.join(", ")}`);
  return plans;
}

/** The files for `--ci`, with the arguments that they were generated with. */
async function ciOf(
  file: string,
  plans: readonly Plan[],
  { ci, install: text, os, sensor = [] }: PackerOptions,
  packer: readonly Artifact[],
): Promise<CiFiles | undefined> {
  const install = text === undefined ? undefined : installOf(text);
  if (ci === undefined) {
    if (install !== undefined) throw new UsageError("--install needs --ci", "add --ci github or --ci gitlab");
    return undefined;
  }
  const settings = relative(".", file);
  if (!isCiPath(settings))
    throw new UsageError(
      `the path ${file} cannot be used in a workflow`,
      "run this in the repository's folder, with a settings file below it whose path has only letters, digits and _ . / @ -",
    );
  const system = plans[0]?.os;
  const isPi = system?.startsWith("raspios") === true;
  const ownPackage = install === undefined ? await readPackage() : [];
  return ciWorkflow(
    ci,
    { packer, ownPackage },
    {
      settings,
      vmSystem: isPi ? "none" : os === undefined || system === undefined ? "" : system,
      piSystem: isPi ? system : "",
      sensors: sensor,
      install,
    },
  );
}

function installOf(text: string): CiInstall {
  const install = readInstall(text);
  if (install === undefined)
    throw new UsageError(
      "--install does not name one exact version of sensorbake",
      `its forms are ${installForms}`,
    );
  return install;
}

async function compare(
  bundle: readonly Artifact[],
  ci: CiFiles | undefined,
  { output, format }: PackerOptions,
  streams: Streams,
): Promise<number> {
  const differences = await compareTree(output, bundle);
  const files = ci === undefined ? [] : [ci.workflow, ...ci.installer];
  const compared = await Promise.all(
    files.map(async (file) => {
      const found = await compareFile(file.path, file);
      // File modes in a checkout depend on the user's umask.
      return { path: file.path, difference: found === "mode" || found === undefined ? null : found };
    }),
  );
  const [workflow, ...installer] = compared;
  if (format === "json")
    streams.json({ tree: output, differences, ...(workflow && { workflow, installer }) });
  else {
    printDifferences(output, differences, streams);
    for (const { path, difference } of compared)
      if (difference !== null) printDifferences(".", [{ path, what: difference }], streams);
  }
  const tell = (path: string, isStale: boolean) =>
    streams.say(isStale ? `${path} is out of date; write it again` : `${path} is up to date`);
  tell(output, differences.length > 0);
  for (const { path, difference } of compared) tell(path, difference !== null);
  const isSame = differences.length === 0 && compared.every(({ difference }) => difference === null);
  return isSame ? exitCodes.fine : exitCodes.settings;
}

function answer(plans: readonly Plan[], { output, format }: PackerOptions, streams: Streams): void {
  const sensors = plans.map(({ name }) => name);
  if (format === "json") streams.json({ output, os: plans[0]?.os, sensors });
  else streams.result(`${output}\n`);
  streams.say(
    `Packer bakes an image of ${plans[0]?.os} for ${someNames(sensors)} from it; ${join(output, "README.md")} explains how.`,
  );
}
