import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { makeScratchRoot, type ScratchRoot } from "./scratch-root.ts";

/** A script of the sensor that root runs while an attacker owns the honeypot's folders. */
export type AttackedScript = {
  readonly name: string;
  readonly script: string;
  readonly words?: readonly string[];
  /** More folders of the attacker, below `srv/cowrie`. */
  readonly folders?: readonly string[];
  /** What it needs besides a plain sensor. */
  readonly prepare?: (scratch: ScratchRoot) => Promise<unknown>;
  /** What it must have done in spite of the attacker; with what it printed in the last, quiet run. */
  readonly judge: (scratch: ScratchRoot, output: string) => Promise<void>;
  /** How a run may end. */
  readonly codes?: readonly number[];
};

/** What an attack needs, for `needs(...)`. */
export const attackTools = ["root", "setpriv", "prlimit", "python3"];

const attackedSeconds = 8;
// No account has this number.
const attacker = 64123;
export const canary = "CANARY-4711-OF-ROOT";
const secret = "etc/honeypot/secrets";
const foreignFolders = [
  "srv/cowrie/var/log/cowrie",
  "srv/cowrie/var/lib/cowrie/tty",
  "srv/cowrie/var/lib/cowrie/downloads",
  "srv/log",
  "srv/dshield/etc",
];
const hash = (count: number): string => count.toString(16).padStart(64, "0");
const names = [
  ...["cowrie.json", "cowrie.json.2026-01-02", "cowrie.json.1", "cowrie.json.2.gz"],
  ...["webhoneypot_2026-01-02.json", "dshield.ini", ...[0, 1, 2, 3].map(hash)],
];

/**
 * Runs a script again and again while it is attacked, and once more afterwards. Throws when one run takes a minute,
 * when what only root may read is in its output or in what it has written, when a name was run as a command, or when
 * it did not do its work on all that is not the attacker's.
 */
export async function attack(attacked: AttackedScript, seed: number): Promise<void> {
  const { script, words, prepare, judge, codes = [0] } = attacked;
  const folders = [...foreignFolders, ...(attacked.folders ?? [])];
  const scratch = await makeScratchRoot({ DISK_MAX_USED_PERCENT: "101" });
  try {
    await makeSensor(scratch, folders);
    await prepare?.(scratch);
    // Commands that a name might run would leave their file there.
    await mkdir(scratch.path("work"));
    // A script that goes wrong must not fill the disk of this machine.
    const wrapper = ["prlimit", "--fsize=1000000000", "env", `--chdir=${scratch.path("work")}`];
    const outputs: string[] = [];
    const run = async (wanted: readonly number[]): Promise<string> => {
      const { code, stdout, stderr } = await scratch.run(script, words, { wrapper, timeoutSeconds: 60 });
      outputs.push(stdout, stderr);
      assert.ok(wanted.includes(code), `exit code ${code}: ${stderr.slice(-2000)}`);
      return stdout + stderr;
    };
    const attacker = startAttack(scratch, seed, folders);
    while (attacker.isRunning()) await run([0, 1, ...codes]);
    await attacker.ended;
    await judge(scratch, await run(codes));
    assert.equal(readdirSync(scratch.path("work")), []);
    assert.equal(
      outputs.filter((text) => text.includes(canary)),
      [],
    );
    // Nothing that a terminal would obey.
    assert.equal(
      outputs.filter((text) => /[^\n\x20-\x7e]/.test(text)),
      [],
    );
    assert.equal(await leaks(scratch), []);
  } finally {
    await scratch.remove();
  }
}

/** `SEEDS=1,2,3` attacks otherwise than usual. */
export function attackSeeds(): readonly number[] {
  return (process.env.SEEDS ?? "1").split(",").map(Number);
}

/** A sensor whose honeypot's folders belong to the attacker, and root's files with the same names. */
async function makeSensor(scratch: ScratchRoot, folders: readonly string[]): Promise<void> {
  // Of two lines: a backup leaves out every file with a secret of one line, which would hide a leak.
  for (const name of names)
    await scratch.write(`${secret}/${name}`, `${canary}\n${canary}\n`, { mode: 0o600 });
  for (const folder of folders) {
    await mkdir(scratch.path(folder), { recursive: true });
    for (let path = folder; path !== "srv"; path = join(path, ".."))
      await chown(scratch.path(path), attacker, attacker);
  }
  // Not only the attacker writes there.
  await chmod(scratch.path("srv/log"), 0o1777);
  await scratch.write("srv/log/webhoneypot_2026-01-03.json", "a visitor\n");
  await scratch.write("var/log/dshield.log", "a packet\n");
}

function startAttack(
  scratch: ScratchRoot,
  seed: number,
  owned: readonly string[],
): { isRunning: () => boolean; ended: Promise<void> } {
  const program = readFileSync(resolve("test/support/adversary.py"), "utf8");
  const folders = owned.map(scratch.path);
  const child = spawn(
    "setpriv",
    [
      ...[`--reuid=${attacker}`, `--regid=${attacker}`, "--clear-groups"],
      ...[
        "/usr/bin/python3",
        "-I",
        "-c",
        program,
        String(seed),
        String(attackedSeconds),
        scratch.path(secret),
        ...folders,
      ],
    ],
    { cwd: "/", stdio: ["ignore", "inherit", "inherit"] },
  );
  const ended = once(child, "exit").then(([code]) => assert.is(code, 0, "the attacker ended by itself"));
  return { isRunning: () => child.exitCode === null && child.signalCode === null, ended };
}

/** The files outside of root's own folder that hold the canary, packed or not. */
async function leaks(scratch: ScratchRoot): Promise<readonly string[]> {
  const found: string[] = [];
  for (const top of ["var", "run", "tmp"])
    for (const path of readdirSync(scratch.path(top), { recursive: true, encoding: "utf8" })) {
      const file = join(scratch.path(top), path);
      if (!statSync(file).isFile()) continue;
      const bytes = readFileSync(file);
      const text = file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
      if (text.includes(canary)) found.push(path);
      // What was collected of holes takes no space.
      assert.ok(text.length < 256 << 20, `${path} has ${text.length} bytes`);
    }
  return found;
}
