import { cp, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execute } from "./scratch-root.ts";

/** The folder with the stand-in for DShield's repository. */
export const standInFolder = resolve("test/support/dshield-stand-in");

/** Creates a repository of the stand-in (or of the folder `from`) at the new `folder`, and returns its commit. */
export async function standInRepository(folder: string, from = standInFolder): Promise<string> {
  await cp(from, folder, { recursive: true });
  await git(folder, "init", "--quiet", "--initial-branch=main");
  const commit = await commitAll(folder, "stand-in");
  await git(folder, "tag", "V100");
  return commit;
}

/** Commits upstream's next change: other words in a file, on the branch `main`. Returns the commit. */
export async function nextStandIn(folder: string, path: string, old: string, now: string): Promise<string> {
  const text = await readFile(join(folder, path), "utf8");
  if (!text.includes(old)) throw new Error(`${path} does not hold ${old}`);
  await writeFile(join(folder, path), text.replace(old, now));
  return commitAll(folder, now);
}

/** Commits everything in a repository's folder. Returns the commit. */
export async function commitAll(folder: string, message: string): Promise<string> {
  await git(folder, "add", ".");
  await git(folder, "commit", "--quiet", `--message=${message}`);
  return git(folder, "rev-parse", "HEAD");
}

async function git(folder: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await execute("git", ["-C", folder, ...identity, ...words]);
  if (code !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
  return stdout.trim();
}

const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
