import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import * as assert from "uvu/assert";
import type { ScratchRoot } from "./scratch-root.ts";

export const password = 'pass "4711" $x';

/** Each format of archives, and the program that makes it. */
export const archivers = [
  ["zip", "7zz"],
  ["7z", "7zz"],
  ["tar.zst", "tar"],
] as const;

/** Makes backups of these sets in this format, which {@link extract} can open. */
export async function configureBackup(scratch: ScratchRoot, format: string, sets: string): Promise<void> {
  const identity = scratch.path("identity");
  if (!(await scratch.exists("identity"))) {
    execFileSync("age-keygen", ["-o", identity], { stdio: "pipe" });
    await scratch.write("etc/honeypot/backup_recipients", execFileSync("age-keygen", ["-y", identity]));
    await scratch.write("etc/honeypot/secrets/backup_password", password, { mode: 0o600 });
  }
  await scratch.configure({ BACKUP_FORMAT: format, BACKUP_SETS: sets });
}

/** Names of the archives; fails unless each has a correct checksum and the directory contains nothing else. */
export function archivesOf(scratch: ScratchRoot): readonly string[] {
  const folder = scratch.path("var/backups/honeypot");
  const names = readdirSync(folder).sort();
  const archives = names.filter((name) => !name.endsWith(".sha256"));
  assert.equal(
    names,
    archives.flatMap((name) => [name, `${name}.sha256`]),
  );
  for (const name of archives)
    execFileSync("sha256sum", ["--check", "--strict", `${name}.sha256`], { cwd: folder });
  return archives;
}

/** Unpacks an archive below `out`, and returns that folder. */
export function extract(scratch: ScratchRoot, archive: string): string {
  const path = scratch.path(`var/backups/honeypot/${archive}`);
  const into = scratch.path("out");
  execFileSync("mkdir", ["-p", into]);
  // unzip alters names that are not UTF-8 as it extracts: it is asked for its judgement alone.
  if (archive.endsWith(".zip")) execFileSync("unzip", ["-tq", "-P", password, path]);
  if (!archive.endsWith(".age")) execFileSync("7zz", ["x", "-y", "-bd", `-p${password}`, `-o${into}`, path]);
  else {
    const options = { maxBuffer: 1024 ** 3 };
    const packed = execFileSync("age", ["--decrypt", "--identity", scratch.path("identity"), path], options);
    execFileSync("tar", ["-x", "--zstd", "-C", into], { input: packed });
  }
  return into;
}

/** The files below a folder, their paths as latin1: a character a byte. */
export function bytewiseFiles(folder: string): readonly string[] {
  const output = execFileSync("find", [folder, "-type", "f", "-printf", "%P\\0"], {
    encoding: "latin1",
    maxBuffer: 1024 ** 3,
  });
  return output.split("\0").slice(0, -1).sort();
}

/** The files below a folder that hold one of these words, one a line. */
export function filesWith(folder: string, words: readonly string[]): string {
  const options = ["--recursive", "--files-with-matches", "--text"];
  try {
    return execFileSync("grep", [...options, ...words.flatMap((word) => ["-e", word]), folder], {
      encoding: "utf8",
    });
  } catch {
    return "";
  }
}

/** The paths in all zip archives of a sensor, sorted. */
export function members(scratch: ScratchRoot): readonly string[] {
  return archivesOf(scratch)
    .flatMap((name) =>
      execFileSync("unzip", ["-Z1", scratch.path(`var/backups/honeypot/${name}`)], { encoding: "utf8" })
        .trimEnd()
        .split("\n"),
    )
    .sort();
}
