import { rm } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { attack, attackSeeds, attackTools, canary } from "../support/attacked-sensor.ts";
import {
  archivers,
  archivesOf,
  bytewiseFiles,
  configureBackup,
  extract,
  filesWith,
} from "../support/backup-archives.ts";
import { needs } from "../support/needs.ts";
import type { ScratchRoot } from "../support/scratch-root.ts";

const test = suite("hostile/backup");
const tools = [...attackTools, "7zz", "unzip", "tar", "zstd", "age"];

for (const [format] of archivers)
  for (const seed of attackSeeds())
    needs(...tools)(test, `an attacker gains nothing from backup as ${format} (seed ${seed})`, () =>
      attack(
        {
          name: "backup",
          script: "opt/honeypot/scripts/backup.sh",
          folders: ["srv/cowrie/honeyfs", "srv/cowrie/etc"],
          prepare: async (scratch) => {
            await configureBackup(scratch, format, "srv logs");
            await scratch.configure({
              BACKUP_FORMAT: format,
              BACKUP_SETS: "srv logs",
              DISK_MAX_USED_PERCENT: "101",
            });
            await scratch.write("srv/ours/file", "ours\n");
          },
          judge: hasArchivedOurs,
        },
        seed,
      ),
    );

test.run();

async function hasArchivedOurs(scratch: ScratchRoot): Promise<void> {
  let last: readonly string[] = [];
  for (const archive of archivesOf(scratch)) {
    const out = extract(scratch, archive);
    assert.is(filesWith(out, [canary]), "", archive);
    if (archive.includes("_srv_")) last = bytewiseFiles(out);
    await rm(out, { recursive: true });
  }
  assert.ok(last.includes("srv/ours/file"), last.join("\n"));
  const notes = await scratch.read("var/lib/honeypot/state/backup.notes");
  assert.match(notes, /^note: the backup set srv leaves out srv\/cowrie\/.*: larger than 100 MiB$/m, notes);
}
