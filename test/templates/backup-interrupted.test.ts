import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configureBackup, members, password } from "../support/backup-archives.ts";
import { killTree } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const backup = "opt/honeypot/scripts/backup.sh";
const test = suite("backup.sh, interrupted");
let scratch: ScratchRoot;
test.before.each(async () => {
  scratch = await makeScratchRoot();
  await scratch.write("etc/honeypot/secrets/backup_password", password, { mode: 0o600 });
});
test.after.each(() => scratch.remove());

needs("7zz", "unzip")(test, "archives everything once although it is killed at every step", async () => {
  await scratch.configure({ BACKUP_SETS: "logs dumps" });
  // Counts the commands that change the state of an archive, and ends before the requested one.
  for (const command of ["sync", "mv", "sha256sum", "7zz"])
    await scratch.stub(
      command,
      `echo >>${scratch.path("count")}
      if [ "$(wc --lines <${scratch.path("count")})" = "$STOP_AT" ]; then : >${scratch.path("reached")}; sleep 60; fi
      for real in /usr/bin/${command} /bin/${command}; do [ -x $real ] && exec $real "$@"; done`,
    );
  const all: string[] = [];
  let point = 0;
  for (let end: unknown = "reached"; end === "reached"; ) {
    const number = String(++point).padStart(2, "0");
    const capture = `var/lib/honeypot/dumps/attic-pi_2026-01-02_00-00-${number}.pcap`;
    const day = `var/log/honeypot/cowrie/cowrie_2026-01-${number}.json.gz`;
    for (const path of [capture, day]) {
      await scratch.write(path, `content ${point}`, { mode: 0o400 });
      all.push(path);
    }
    // The lock is free a moment after the last killed process is gone.
    for (end = 75; end === 75; ) {
      await scratch.write("count", "");
      await rm(scratch.path("reached"), { force: true });
      const child = start({ STOP_AT: String(point) });
      const ended = exitOf(child);
      end = (await appears("reached", child)) ?? (await ended);
      if (end === "reached") killTree(child.pid as number);
      await ended;
    }
  }
  assert.ok(point > 20, `only ${point} points`);
  const { code, stderr } = await scratch.run(backup);
  assert.is(code, 0, stderr);
  assert.equal(members(scratch), all.sort());
});

needs(
  "7zz",
  "unshare",
  "age",
  "zstd",
)(test, "reports a disk that is too small, and leaves no file", async () => {
  await scratch.configure({ BACKUP_SETS: "home crontabs" });
  await scratch.write("home/analyst/large", randomBytes(3 * 1024 * 1024));
  await scratch.write("etc/cron.d/small", "x");
  const small = `mount -t tmpfs -o size=1m none "$HONEYPOT_ROOT/var/backups/honeypot" || exit 99
    "$@"; code=$?; ls -A "$HONEYPOT_ROOT/var/backups/honeypot"; exit $code`;
  const wrapper = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", small, "_"];
  const foreseen = await scratch.run(backup, [], { wrapper });
  assert.is(foreseen.code, 1, foreseen.stderr);
  assert.match(foreseen.stderr, /not enough space: 3146752 bytes needed, \d+ free\n/);
  assert.match(foreseen.stdout, /^attic-pi_crontabs_\S+\.zip\nattic-pi_crontabs_\S+\.zip\.sha256\n$/);
  assert.match(
    await scratch.read("var/lib/honeypot/state/backup.last"),
    / failed failed: home \(not enough space: 3146752 bytes needed, \d+ free\)\n$/,
  );

  for (const format of ["zip", "7z", "tar.zst"]) {
    await configureBackup(scratch, format, "home");
    await scratch.stub("df", "echo Avail; echo 999999999");
    const { code, stdout, stderr } = await scratch.run(backup, [], { wrapper });
    assert.is(code, 1, stderr);
    assert.is(stdout, "", format);
    assert.match(stderr, /No space left on device|E_FAIL|not enough/i);
  }
  assert.not(await scratch.exists("var/lib/honeypot/state/backup.started"));
});

needs("7zz")(test, "cleans up after a signal", async () => {
  await scratch.write("home/analyst/note", "text");
  await scratch.stub(
    "7zz",
    `for word; do case $word in */archive.new) echo half >$word;; esac; done; : >${scratch.path("reached")}; sleep 61.5`,
  );
  const child = start();
  await appears("reached", child);
  child.kill("SIGTERM");
  assert.is(await exitOf(child), 143);
  assert.equal(readdirSync(scratch.path("var/backups/honeypot")), []);
  assert.match(await scratch.read("var/lib/honeypot/state/backup.last"), / failed stopped by a signal\n$/);
  const left = readdirSync("/proc").filter((pid) =>
    readOrEmpty(`/proc/${pid}/cmdline`).includes("sleep\x0061.5"),
  );
  assert.equal(left, []);
});

test("stops if another run is in progress", async () => {
  const lock = scratch.path("run/honeypot/backup.lock");
  const { code, stderr } = await scratch.run(backup, [], {
    wrapper: ["flock", lock],
    environment: { lock_wait_seconds: "0" },
  });
  assert.is(code, 75);
  assert.match(stderr, /backup: another backup is running\n$/);
});

function start(environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(scratch.path(backup), { env: { ...scratch.environment, ...environment }, stdio: "ignore" });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.on("exit", done));
}

/** Waits for a file for as long as the child lives. */
async function appears(path: string, child: ChildProcess): Promise<string | undefined> {
  while (!(await scratch.exists(path))) {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    await sleep(20);
  }
  return path;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

test.run();
