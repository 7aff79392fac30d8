import { cp } from "node:fs/promises";
import { resolve } from "node:path";
import { execute } from "./scratch-root.ts";

/** The folder whose content stands for DShield's repository. */
export const standInFolder = resolve("test/support/dshield-stand-in");

/** Makes a repository of the stand-in (or of what lies in `from`) at `folder`, which does not exist yet; gives its commit. */
export async function standInRepository(folder: string, from = standInFolder): Promise<string> {
  await cp(from, folder, { recursive: true });
  const git = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await execute("git", ["-C", folder, ...identity, ...words]);
    if (code !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=stand-in");
  await git("tag", "V100");
  return git("rev-parse", "HEAD");
}

const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
