import { rm } from "node:fs/promises";
import { join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { checkMachine } from "./check-machine.ts";
import { type Built, readBuilds } from "./read-builds.ts";
import { runTool } from "./run-tool.ts";
import { readVariableFiles } from "./variable-files.ts";

/** One build of a bundle. */
export type ImageBuild = {
  /** The folder that `sensorbake packer` wrote. */
  readonly bundle: string;
  /** A source and one of its builds: `qemu.amd64`. */
  readonly build: string;
  /** The folder for the images. */
  readonly output: string;
  /** The user's JSON files, whose variables override those of the settings. */
  readonly variableFiles: readonly string[];
  readonly accelerator: string | undefined;
};

/**
 * Bakes an image with Packer: checks the requirements, installs the plugin by checksum, validates and builds. Takes the
 * result only from the manifest, and verifies image files with verify.sh. Passes Packer's output on. Rejects with
 * `OutsideError`.
 */
export async function buildImage(
  image: ImageBuild,
  run: { readonly tell: (line: string) => void; readonly signal: AbortSignal },
): Promise<readonly Built[]> {
  const variables = await readVariableFiles(image.variableFiles);
  const accelerator = image.accelerator ?? String(variables.accelerator ?? "kvm");
  const isModern = !(await hasOwnPlugins(run.signal));
  await checkMachine({ build: image.build, accelerator });
  const source = image.build.replace(/\..*/, "");
  const folder = join(image.bundle, source);
  if (!isModern && ["amazon-ebs", "arm-image"].includes(source))
    throw new OutsideError(`${source} needs a newer Packer`, "install 1.11 or later");

  const must = async (tell: typeof run.tell, program: string, ...words: readonly string[]): Promise<void> => {
    const { code, last } = await runTool(program, words, { tell, signal: run.signal });
    if (code !== 0) throw failure(`${program} ${words[0]}`, last);
  };
  const silently = (): void => {};
  const manifest = join(image.output, "manifest.json");
  await rm(manifest, { force: true });
  if (source === "qemu") await must(run.tell, "bash", join(image.bundle, "prepare.sh"), image.output);
  if (isModern) await must(run.tell, "bash", join(image.bundle, "plugins.sh"), folder);
  const words = [
    `-only=${image.build}`,
    ...(isModern ? [] : [`-var-file=${join(folder, "sensor.auto.pkrvars.json")}`]),
    ...image.variableFiles.map((file) => `-var-file=${file}`),
    `-var=output=${image.output}`,
    ...(source === "qemu" ? [`-var=accelerator=${accelerator}`] : []),
    isModern ? folder : join(folder, "sensor.pkr.hcl"),
  ];
  // The build repeats these warnings.
  await must(silently, "packer", "validate", ...words);
  await must(run.tell, "packer", "build", "-color=false", ...words);
  const built = await readBuilds(manifest);
  for (const file of built.flatMap(({ files }) => files))
    await must(run.tell, "bash", join(image.bundle, "verify.sh"), file);
  return built;
}

/** Packer supports plugins of a pinned version since 1.7, and installs one from a file since 1.11; 1.6 includes its own. */
async function hasOwnPlugins(signal: AbortSignal): Promise<boolean> {
  const said: string[] = [];
  await runTool("packer", ["version"], { tell: (line) => said.push(line), signal }).catch(
    (error: unknown) => {
      if (!(error instanceof OutsideError)) throw error;
      throw new OutsideError(
        error.message,
        "https://developer.hashicorp.com/packer/install, or Debian's package packer",
      );
    },
  );
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(said.join("\n")) ?? [];
  if (major === undefined)
    throw new OutsideError(
      "`packer version` prints no version",
      "another program with that name may come first in PATH; cracklib has one",
    );
  if (major === "1" && Number(minor) >= 7 && Number(minor) < 11)
    throw new OutsideError(`this is Packer 1.${minor}`, "install 1.11 or later, or Debian's 1.6.6");
  return major === "1" && Number(minor) < 7;
}

// Packer prints the reason as `* reason` (validate), as `--> build: reason` (build), or in the line with the word.
function failure(what: string, last: readonly string[]): OutsideError {
  const reasons = last.filter((line) => /^(\*|-->) /.test(line)).map((line) => line.replace(/^\S+ /, ""));
  const reason = reasons.join("; ") || last.findLast((line) => /error/i.test(line)) || last.at(-1);
  return new OutsideError(`${what} failed: ${reason ?? "no output"}`);
}
