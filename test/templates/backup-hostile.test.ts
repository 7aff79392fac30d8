import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chown, link, mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  archivers,
  archivesOf,
  bytewiseFiles,
  configureBackup,
  extract,
  filesWith,
} from "../support/backup-archives.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const backup = "opt/honeypot/scripts/backup.sh";
const state = "var/lib/honeypot/state";
const cowrie = 12345;
const hostile = suite("templates/backup-hostile");
const test = needs("root", "7zz", "unzip", "tar", "zstd", "age");
let scratch: ScratchRoot;

hostile.before.each(async () => {
  scratch = await makeScratchRoot();
});
hostile.after.each(() => scratch.remove());

for (const [format, archiver] of archivers)
  test(
    hostile,
    `archives the opened files, even if their names lead elsewhere by then (${format})`,
    async () => {
      await configureBackup(scratch, format, "srv");
      await scratch.write("etc/honeypot/secrets/other", "CANARY");
      await scratch.write("srv/cowrie/data/other", "harmless");
      await owned("srv/cowrie", "srv/cowrie/data", "srv/cowrie/data/other");
      // Before the archiver starts, the visitor replaces the directory, and makes a file 8 TB long.
      await scratch.write("srv/cowrie/grows", "short");
      await owned("srv/cowrie/grows");
      const [data, aside, secrets] = ["srv/cowrie/data", "srv/cowrie/aside", "etc/honeypot/secrets"].map(
        scratch.path,
      );
      await scratch.stub(
        archiver,
        `mv ${data} ${aside} && ln -s ${secrets} ${data}; truncate -s 8T ${scratch.path("srv/cowrie/grows")}
      exec /usr/bin/${archiver} "$@"`,
      );
      const { code, stderr } = await scratch.run(backup, [], { environment: { set_seconds: "50" } });
      assert.is(code, 0, stderr);
      const out = extract(scratch, archivesOf(scratch)[0] as string);
      assert.is(filesWith(out, ["CANARY"]), "");
      assert.equal(bytewiseFiles(out), ["srv/cowrie/data/other", "srv/cowrie/grows"]);
      assert.is(readFileSync(`${out}/srv/cowrie/data/other`, "utf8"), "harmless");
      assert.is(readFileSync(`${out}/srv/cowrie/grows`, "utf8"), "short");
    },
  );

test(hostile, "gets no file of root while a visitor replaces names without a pause", async () => {
  await configureBackup(scratch, "zip", "srv");
  for (let number = 0; number < 200; number++) await scratch.write(`srv/cowrie/data/${number}`, "harmless");
  for (let number = 0; number < 200; number++)
    await scratch.write(`etc/honeypot/secrets/${number}`, "CANARY");
  await owned("srv/cowrie", "srv/cowrie/data");
  const flip = `
import os, sys, time
os.setuid(${cowrie})
os.chdir(sys.argv[1])
end = time.time() + 100
while time.time() < end:
    os.rename("data", "aside"); os.symlink(sys.argv[2], "data"); os.unlink("data"); os.mkfifo("data")
    os.unlink("data"); os.rename("aside", "data")`;
  const visitor = spawn("python3", [
    "-I",
    "-c",
    flip,
    scratch.path("srv/cowrie"),
    scratch.path("etc/honeypot/secrets"),
  ]);
  try {
    for (let time = 0; time < 3; time++) {
      await scratch.write("srv/new", String(time));
      const { code, stderr } = await scratch.run(backup);
      assert.is(code, 0, stderr);
    }
  } finally {
    visitor.kill("SIGKILL");
  }
  for (const name of archivesOf(scratch)) extract(scratch, name);
  assert.is(filesWith(scratch.path("out"), ["CANARY"]), "");
});

test(hostile, "leaves out holes, pipes, and links to a file of another user, and says so", async () => {
  await configureBackup(scratch, "tar.zst", "srv");
  await scratch.write("etc/honeypot/secrets/other", "CANARY");
  await scratch.write("srv/cowrie/hole", "x");
  await truncate(scratch.path("srv/cowrie/hole"), 4 * 1024 ** 3);
  await scratch.write("srv/cowrie/small-hole", "x");
  await truncate(scratch.path("srv/cowrie/small-hole"), 50_000_000);
  execFileSync("mkfifo", [scratch.path("srv/cowrie/pipe")]);
  await mkdir(scratch.path("srv/cowrie/dir"));
  await link(scratch.path("etc/honeypot/secrets/other"), scratch.path("srv/cowrie/dir/link"));
  await owned("srv/cowrie", "srv/cowrie/dir", "srv/cowrie/hole", "srv/cowrie/small-hole", "srv/cowrie/pipe");
  const { code, stderr } = await scratch.run(backup);
  assert.is(code, 0, stderr);
  assert.equal(bytewiseFiles(extract(scratch, archivesOf(scratch)[0] as string)), ["srv/cowrie/small-hole"]);
  assert.is(
    await scratch.read(`${state}/backup.notes`),
    "note: the backup set srv leaves out srv/cowrie/dir/link: a hard link to a file of another user\n" +
      "note: the backup set srv leaves out srv/cowrie/hole: larger than 100 MiB\n",
  );
  assert.match(stderr, /left out: larger than 100 MiB: srv\/cowrie\/hole\n/);
  await rm(scratch.path("srv/cowrie/hole"));
  await rm(scratch.path("srv/cowrie/dir/link"));
  assert.is((await scratch.run(backup)).code, 0);
  assert.not(await scratch.exists(`${state}/backup.notes`));
});

test(hostile, "searches hostile lines and files for keys in time", async () => {
  await configureBackup(scratch, "zip", "srv");
  const line = `PRIVATE KEY-----${"-----BEGIN ".repeat(95_000)}`;
  await scratch.write("srv/cowrie/line", line);
  // A hundred gigabytes of holes that end in a key, under a thousand names.
  const hole = scratch.path("srv/cowrie/0");
  await scratch.write("srv/cowrie/0", "");
  await truncate(hole, 99 << 20);
  await writeFile(hole, "-----BEGIN PRIVATE KEY-----\n", { flag: "a" });
  for (let number = 1; number < 1000; number++) await link(hole, scratch.path(`srv/cowrie/${number}`));
  await owned("srv/cowrie", "srv/cowrie/line", "srv/cowrie/0");
  const { code, stderr } = await scratch.run(backup, [], { environment: { members_seconds: "50" } });
  assert.is(code, 0, stderr);
  assert.equal(bytewiseFiles(extract(scratch, archivesOf(scratch)[0] as string)), ["srv/cowrie/line"]);
  assert.match(
    await scratch.read(`${state}/backup.notes`),
    /and 9\d\d more: too many bytes below \/srv\/cowrie\n/,
  );
});

const credentials = [
  ".aws/credentials",
  ".azure/msal_token_cache.json",
  ".bash_history",
  ".python_history",
  ".config/gcloud/credentials.db",
  ".config/gh/hosts.yml",
  ".docker/config.json",
  ".git-credentials",
  ".gnupg/private-keys-v1.d/x.key",
  ".kube/config",
  ".my.cnf",
  ".netrc",
  ".npmrc",
  ".pgpass",
  ".pypirc",
  ".ssh/work",
  ".local/share/keyrings/login.keyring",
];
test(hostile, "leaves out credentials and shell histories", async () => {
  await configureBackup(scratch, "zip", "home srv");
  const kept = [".bashrc", ".config/htop/htoprc", ".ssh/authorized_keys", ".ssh/config", ".ssh/known_hosts"];
  for (const path of credentials) await scratch.write(`home/analyst/${path}`, "CANARY");
  await scratch.write("srv/tool/.netrc", "CANARY");
  await scratch.write("srv/tool/config", "virustotal = CANARY0123456789abcdef\n");
  await scratch.write("etc/honeypot/secrets/virustotal", "CANARY0123456789abcdef\n");
  for (const path of kept) await scratch.write(`home/analyst/${path}`, "x");
  const { code, stderr } = await scratch.run(backup);
  assert.is(code, 0, stderr);
  for (const name of archivesOf(scratch)) extract(scratch, name);
  assert.equal(
    bytewiseFiles(scratch.path("out")),
    kept.map((path) => `home/analyst/${path}`),
  );
  assert.match(stderr, /left out: credentials: home\/analyst\/\.aws\n/);
  // The backup applies these rules without a note.
  assert.not(await scratch.exists(`${state}/backup.notes`));
});

test(hostile, "two signals at once end every step, and free the lock", async () => {
  await configureBackup(scratch, "zip", "home");
  await scratch.write("home/analyst/note", "text");
  await scratch.stub("7zz", `: >${scratch.path("reached")}; sleep 63.5`);
  for (let time = 0; time < 5; time++) {
    await rm(scratch.path("reached"), { force: true });
    const child = spawn(scratch.path(backup), { env: scratch.environment, stdio: "ignore" });
    const ended = new Promise((done) => child.on("exit", done));
    while (!(await scratch.exists("reached"))) await sleep(20);
    child.kill("SIGTERM");
    await sleep(5);
    child.kill("SIGTERM");
    assert.is(await ended, 143);
    assert.match(await scratch.read(`${state}/backup.last`), / failed stopped by a signal\n$/);
    execFileSync("flock", ["--nonblock", scratch.path("run/honeypot/backup.lock"), "true"]);
  }
  const left = readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && commandOf(pid).includes("sleep\x0063.5"),
  );
  assert.equal(left, []);
});

test(
  hostile,
  "reports why a set failed and which step took too long, and archives the other sets",
  async () => {
    await configureBackup(scratch, "zip", "home crontabs");
    await scratch.write("home/analyst/note", "text");
    await scratch.write("etc/cron.d/small", "x");
    await scratch.write("opt/honeypot/scripts/collect.sh", "#!/bin/bash\nsleep 60\n", { mode: 0o700 });
    await scratch.stub(
      "7zz",
      'if [[ -e home ]]; then echo "no such luck" >&2; exit 2; fi; exec /usr/bin/7zz "$@"',
    );
    const { code } = await scratch.run(backup, [], { environment: { collect_seconds: "1" } });
    assert.is(code, 1);
    assert.match(
      await scratch.read(`${state}/backup.last`),
      / failed failed: collect \(stopped after 1 s\), home \(no such luck\)\n$/,
    );
    assert.is(archivesOf(scratch).length, 1);
  },
);

test(hostile, "records that it gave up waiting for the lock", async () => {
  const { code } = await scratch.run(backup, [], {
    wrapper: ["flock", scratch.path("run/honeypot/backup.lock")],
    environment: { lock_wait_seconds: "0" },
  });
  assert.is(code, 75);
  assert.match(await scratch.read(`${state}/backup.last`), / failed gave up: /);
});

test(hostile, "archives a set again when its ledger was taken away", async () => {
  await configureBackup(scratch, "zip", "dumps home");
  await scratch.write("var/lib/honeypot/dumps/x.pcap", "x", { mode: 0o400 });
  await scratch.write("home/analyst/note", "x");
  assert.is((await scratch.run(backup)).code, 0);
  for (const set of ["dumps", "home"]) await rm(scratch.path(`${state}/archived/${set}`));
  assert.is((await scratch.run(backup)).code, 0);
  assert.is(archivesOf(scratch).length, 4);
  assert.is((await scratch.run(backup)).code, 0);
  assert.is(archivesOf(scratch).length, 4);
});

test(hostile, "--if-missed runs if the last successful run is in the future", async () => {
  await configureBackup(scratch, "zip", "crontabs");
  await scratch.write(`${state}/backup.started`, `${Math.round(Date.now() / 1000) + 40 * 86400}\n`);
  const { code, stderr } = await scratch.run(backup, ["--if-missed"]);
  assert.is(code, 0);
  assert.match(stderr, / 0 new archives\n$/);
});

hostile.run();

async function owned(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await chown(scratch.path(path), cowrie, cowrie);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
