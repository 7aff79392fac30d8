import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { quote } from "../artifacts/guides/shell.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { findProgram } from "../emulation/find-program.ts";
import { runProgram } from "../emulation/run-program.ts";
import type { Repository } from "../plan/repositories.ts";
import { type GitLimits, gitLimits, limitedGit } from "./limited-git.ts";

/** A bare repository of this machine, and the address of the one that it was fetched from. */
export type Clone = { readonly url: string; readonly folder: string };

export type CloneOptions = {
  /** Where to create the bare repository. */
  readonly folder: string;
  /** A clone on this machine to fetch from, instead of the address. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
  readonly limits?: GitLimits;
};

/**
 * Fetches a repository at one ref, which has the same name in the bare repository. Nothing is checked out, and no
 * program of the repository runs. Throws `OutsideError`.
 */
export async function cloneRepository(
  { url, ref }: Pick<Repository, "url" | "ref">,
  { folder, from, signal, limits = gitLimits }: CloneOptions,
): Promise<Clone> {
  const source = from === undefined ? url : resolve(from);
  const git = (...words: readonly string[]) =>
    runProgram(...limitedGit([`--git-dir=${folder}`, ...safely, ...words], limits), {
      signal,
      seconds: 900,
      variables: { ...quietly, ...(from === undefined && withoutConfiguration(folder)) },
    });
  try {
    await mkdir(folder, { recursive: true });
    await git("init", "--quiet", "--bare", "--template=");
    const allowed = `protocol.${from === undefined ? "https" : "file"}.allow=always`;
    await git("-c", allowed, "fetch", ...fetchWords, ...wanted(ref, source));
    if (isAbbreviated(ref)) await git("rev-parse", "--verify", `${ref}^{commit}`).catch(lacksCommit);
    return { url, folder };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    const reason = reasonIn(error.message);
    // A clone of another account, for example if root runs the trial.
    const [, place] = /dubious ownership in repository at '(.+)'$/.exec(reason) ?? [];
    throw new OutsideError(
      `${source} cannot be cloned at ${ref}: ${reason}`,
      place === undefined
        ? undefined
        : `if you trust it: git config --global --add safe.directory ${quote(place)}`,
    );
  }
}

// git says only that it "needed a single revision".
function lacksCommit(error: unknown): never {
  throw error instanceof OutsideError
    ? new OutsideError("none of its branches and tags has that commit")
    : error;
}

// git's own reason is its first fatal error; advice and the server's messages surround it.
function reasonIn(message: string): string {
  const [first = "", ...said] = message.split("\n");
  const fatal = said.find((line) => line.startsWith("fatal: ")) ?? said.find((line) => line.trim() !== "");
  return (fatal?.replace("fatal: ", "") ?? first.replace(/^sh /, "git ")).slice(0, 500);
}

/** Throws `OutsideError` with the package to install if `git` is missing. */
export function requireGit(): void {
  if (findProgram("git") === undefined)
    throw new OutsideError("git is not installed", "on Debian and Ubuntu: apt install git");
}

const safely = [
  "core.hooksPath=/dev/null",
  "core.bigFileThreshold=16m",
  "fetch.unpackLimit=1",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.allow=never",
  "protocol.version=2",
].flatMap((setting) => ["-c", setting]);

const fetchWords = ["--quiet", "--no-recurse-submodules"];

// The first boot finds an abbreviated commit only in the whole history. Without a depth, a history that an earlier fetch
// of a single commit has cut would stay cut.
function wanted(ref: string, source: string): readonly string[] {
  if (isAbbreviated(ref))
    return ["--depth=2147483647", "--", source, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
  // Outside of refs/tags, where it could replace a tag of the repository.
  const name = /^[0-9a-f]{40,64}$/.test(ref) ? `refs/trial/${ref}` : `refs/tags/${ref}`;
  return ["--depth=1", "--no-tags", "--", source, `+${ref}:${name}`];
}

/** Whether a ref can be an abbreviated commit, which is found only in the whole history. */
export function isAbbreviated(ref: string): boolean {
  return /^[0-9a-f]{7,39}$/.test(ref);
}

const quietly = { GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "" };

// The sensor has no credentials and no rewritten addresses: none of git's configuration, and no `~/.netrc`.
const withoutConfiguration = (home: string) => ({
  GIT_CONFIG_COUNT: "0",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  HOME: home,
});
