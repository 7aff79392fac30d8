import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { archivesOf, bytewiseFiles, configureBackup, extract } from "../support/backup-archives.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const backup = "opt/honeypot/scripts/backup.sh";
const state = "var/lib/honeypot/state";
const names = suite("templates/backup-names");
const test = needs("root", "7zz", "unzip", "tar", "zstd", "age");
let scratch: ScratchRoot;

names.before.each(async () => {
  scratch = await makeScratchRoot();
});
names.after.each(() => scratch.remove());

const reported = resolve("test/cases/backup-many-names/run.sh");
for (const format of ["zip", "tar.zst"])
  test(names, `archives 25,000 long names that are not ASCII (${format}; backup-many-names)`, async () => {
    await configureBackup(scratch, format, "home");
    await mkdir(scratch.path("home/a"), { recursive: true });
    // The script of the report creates the files in its working directory and starts the backup.
    await scratch.stub("backup.sh", `exec ${scratch.path(backup)}`);
    const words = ["-c", 'cd "$1" && source "$2"', "_", scratch.path("."), reported];
    const { code, stderr } = await execute("bash", words, scratch.environment);
    assert.is(code, 0, stderr);
    assert.is(bytewiseFiles(extract(scratch, archivesOf(scratch)[0] as string)).length, 25000);
    assert.not(await scratch.exists(`${state}/backup.notes`));
  });

names.run();
