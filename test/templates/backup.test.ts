import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  archivers,
  archivesOf,
  bytewiseFiles,
  configureBackup,
  extract,
  filesWith,
  members,
  password,
} from "../support/backup-archives.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const backup = "opt/honeypot/scripts/backup.sh";
const test = suite("backup.sh");
let scratch: ScratchRoot;

/** Files that no archive may contain: each contains CANARY. */
const forbidden: readonly (readonly [path: string, why: string])[] = [
  ["home/analyst/.ssh/id_ed25519", "private key by name"],
  ["home/analyst/server.pem", "private key by name"],
  ["home/analyst/server.key", "private key by name"],
  ["home/analyst/ssh_host_rsa_key", "host key by name"],
  ["home/analyst/tool/.git/config", "repository"],
  ["home/analyst/.cache/x", "cache"],
  ["home/analyst/venv/lib/x.py", "virtual environment"],
  ["home/analyst/dshield.ini.bak", "DShield's settings"],
  ["home/analyst/attic-pi_home_2026-01-02_03-04-05.zip", "a backup"],
  ["home/analyst/attic-pi_2026-01-02_03-04-05.pcap", "a capture"],
  ["srv/dshield/etc/dshield.ini", "API key"],
  ["srv/dshield/etc/other", "API key"],
  ["srv/log/install_2026-01-02.log", "API key"],
  ["srv/log/webhoneypot_2026-01-01.json", "is in logs"],
  ["srv/db/webhoneypot.json", "is in logs"],
  ["srv/cowrie/cowrie-env/bin/x", "virtual environment"],
  ["srv/cowrie/var/log/cowrie/cowrie.json.2026-01-01", "is in logs"],
  ["srv/cowrie/var/lib/cowrie/downloads/x", "is in logs"],
  ["srv/cowrie.20260101/x", "left by an update"],
  ["var/log/honeypot/.cowrieprocessor.new/x_report.txt", "not finished"],
  ["etc/shadow", "behind a symlink"],
];

const expected: readonly string[] = [
  "etc/cron.d/dshield",
  "etc/network/iptables.local",
  "home/analyst/-dash",
  "home/analyst/.ssh/id_ed25519.pub",
  'home/analyst/[a]* "quoted"',
  "home/analyst/trailing blank ",
  "home/analyst/\xff\xfe.txt",
  "srv/cowrie/etc/userdb.txt",
  `srv/web/${"long".repeat(50)}`,
  "var/lib/honeypot/dumps/attic-pi_2026-01-02_00-00-00.pcap",
  "var/log/honeypot/cowrie/cowrie_2026-01-02.json.gz",
  `var/log/honeypot/cowrie/downloads/${"d".repeat(64)}`,
  "var/log/honeypot/firewall/dshield_2026-01-02.log.gz",
  "var/log/honeypot/reports/cowrieprocessor/2026-01-02/x_report.txt",
  "var/spool/cron/crontabs/root",
].sort();

test.before.each(async () => {
  scratch = await makeScratchRoot();
  await scratch.write("etc/honeypot/secrets/backup_password", password, { mode: 0o600 });
});
test.after.each(() => scratch.remove());

const formats = [
  ["zip", ["7zz", "unzip"]],
  ["7z", ["7zz"]],
  ["tar.zst", ["tar", "zstd", "age", "age-keygen"]],
] as const;
for (const [format, tools] of formats)
  needs(...tools)(test, `archives every wanted file and no forbidden one (${format})`, async () => {
    await fill();
    await configureBackup(scratch, format, "home logs srv dshield_logs crontabs dumps");

    const { code, stderr } = await scratch.run(backup);
    assert.is(code, 0, stderr);
    assert.match(await scratch.read("var/lib/honeypot/state/backup.last"), / ok 6 new archives\n$/);
    const archives = archivesOf(scratch);
    assert.is(archives.length, 6);
    for (const archive of archives) {
      assert.match(
        archive,
        new RegExp(
          `^attic-pi_(home|logs|srv|dshield_logs|crontabs|dumps)_\\d{4}-\\d\\d-\\d\\d_\\d\\d-\\d\\d-\\d\\d\\.${format.replace(".", "\\.")}(\\.age)?$`,
        ),
      );
      assert.is(statSync(scratch.path(`var/backups/honeypot/${archive}`)).mode & 0o777, 0o600);
      extract(scratch, archive);
    }
    assert.equal(bytewiseFiles(scratch.path("out")), expected);
    for (const [path, why] of forbidden) assert.ok(await scratch.exists(path), `${path}: ${why}`);
    const found = filesWith(scratch.path("out"), [
      "CANARY",
      "PRIVATE KEY-----",
      "AGE-SECRET-KEY",
      "APIKEY0123456789",
    ]);
    assert.is(found, "");
    assert.match(await scratch.read("var/log/honeypot/backup.log"), /backup: made attic-pi_home_\S+\n/);
    assert.match(stderr, /left out: line break in its name: home\/analyst\/two\\x0alines\n/);

    const second = await scratch.run(backup);
    assert.is(second.code, 0);
    assert.equal(archivesOf(scratch), archives);
    assert.match(second.stderr, /backup: 0 new archives\n$/);
  });

needs("7zz", "unzip")(test, "refuses a wrong password in both formats", async () => {
  await scratch.write("home/analyst/note", "text");
  for (const format of ["zip", "7z"]) {
    await scratch.configure({ BACKUP_FORMAT: format, BACKUP_SETS: "home" });
    await scratch.write("home/analyst/note", `text for ${format}`);
    assert.is((await scratch.run(backup)).code, 0);
    const archive = scratch.path(
      `var/backups/honeypot/${archivesOf(scratch).find((name) => name.endsWith(format))}`,
    );
    execFileSync("7zz", ["t", `-p${password}`, archive]);
    assert.throws(() => execFileSync("7zz", ["t", "-pwrong", archive], { stdio: "pipe" }));
    if (format === "7z")
      assert.throws(
        () => execFileSync("7zz", ["l", "-pwrong", archive], { stdio: "pipe" }),
        /./,
        "names are hidden",
      );
  }
});

needs("7zz")(test, "never shows the password in an argument list or an environment", async () => {
  // Other tests run at the same time and pass their password to 7-Zip.
  const own = `pass "$x ${randomUUID()}`;
  await scratch.write("etc/honeypot/secrets/backup_password", own, { mode: 0o600 });
  await scratch.write("home/analyst/large", randomBytes(24 * 1024 * 1024));
  const seen = new Set<string>();
  let isRunning = true;
  const running = scratch.run(backup).finally(() => {
    isRunning = false;
  });
  while (isRunning) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      for (const file of ["cmdline", "environ"]) {
        const text = readOrEmpty(`/proc/${pid}/${file}`);
        if (file === "cmdline" && /^\S*7zz?\0/.test(text)) seen.add("7zz");
        if (text.includes(own.slice(-36))) seen.add(`${file}: ${text}`);
      }
    await sleep(5);
  }
  assert.is((await running).code, 0);
  assert.equal([...seen], ["7zz"]);
});

needs("7zz", "unzip")(test, "archives a finished file once, and a changed snapshot again", async () => {
  const capture = (day: number): string => `var/lib/honeypot/dumps/attic-pi_2026-01-0${day}_00-00-00.pcap`;
  await scratch.configure({ BACKUP_SETS: "home dumps" });
  await scratch.write(capture(1), "one", { mode: 0o400 });
  await scratch.write(capture(2), "still open", { mode: 0o600 });
  await scratch.write("home/analyst/note", "1");
  await scratch.run(backup);
  await scratch.write(capture(3), "three", { mode: 0o400 });
  await scratch.write("home/analyst/note", "22");
  await scratch.run(backup);
  assert.equal(members(scratch), ["home/analyst/note", "home/analyst/note", capture(1), capture(3)].sort());
  await rm(scratch.path(capture(1)), { force: true });
  await scratch.run(backup);
  const ledger = await scratch.read("var/lib/honeypot/state/archived/dumps");
  assert.match(
    ledger,
    /^\S+ 5 var\/lib\/honeypot\/dumps\/attic-pi_2026-01-03_00-00-00\.pcap\n$/,
    "forgets deleted files",
  );
});

needs("7zz", "unzip")(test, "puts the firewall log into `logs` when there is no set of its own", async () => {
  await scratch.configure({ BACKUP_SETS: "logs" });
  await scratch.write("var/log/dshield.log.1.gz", gzipSync("f\n"));
  assert.is((await scratch.run(backup)).code, 0);
  assert.match(members(scratch).join(), /^var\/log\/honeypot\/firewall\/dshield_\d{4}-\d\d-\d\d\.log\.gz$/);
});

needs("7zz")(test, "makes the other sets when one fails, and fails", async () => {
  await scratch.configure({ BACKUP_SETS: "nonsense home" });
  await scratch.write("home/analyst/note", "text");
  const { code, stderr } = await scratch.run(backup);
  assert.is(code, 1);
  assert.match(stderr, /there is no backup set 'nonsense'\n/);
  assert.is(archivesOf(scratch).length, 1);
  assert.match(
    await scratch.read("var/lib/honeypot/state/backup.last"),
    / failed failed: nonsense \(there is no backup set 'nonsense'\)\n$/,
  );
});

const refusals: readonly (readonly [name: string, format: string, want: RegExp])[] = [
  ["makes no archive without a password", "zip", /there is no password in /],
  ["makes no archive without a recipient", "tar.zst", /no recipients|backup_recipients/],
];
for (const [name, format, want] of refusals)
  needs("7zz", "zstd", "age")(test, name, async () => {
    await scratch.configure({ BACKUP_SETS: "home", BACKUP_FORMAT: format });
    await scratch.write("etc/honeypot/secrets/backup_password", "");
    await scratch.write("home/analyst/note", "text");
    const { code, stderr } = await scratch.run(backup);
    assert.is(code, 1);
    assert.match(stderr, want);
    assert.equal(readdirSync(scratch.path("var/backups/honeypot")), []);
  });

for (const [format, archiver] of archivers)
  needs("7zz", "zstd", "age")(
    test,
    `archives a file that goes away while the archiver starts (${format})`,
    async () => {
      await configureBackup(scratch, format, "home");
      await scratch.write("home/analyst/stays", "x");
      await scratch.write("home/analyst/goes", "x");
      await scratch.stub(
        archiver,
        `rm -f ${scratch.path("home/analyst/goes")}; exec /usr/bin/${archiver} "$@"`,
      );
      const { code, stderr } = await scratch.run(backup);
      assert.is(code, 0, stderr);
      const out = extract(scratch, archivesOf(scratch)[0] as string);
      assert.equal(bytewiseFiles(out), ["home/analyst/goes", "home/analyst/stays"]);
    },
  );

for (const [format, command, stub] of [
  ["zip", "7zz", "[[ $1 == t ]] && exit 2"],
  ["tar.zst", "tar", "[[ $1 == --list ]] && exit 2"],
] as const)
  needs("7zz", "zstd", "age")(test, `publishes no archive that fails its test (${format})`, async () => {
    await configureBackup(scratch, format, "home");
    await scratch.write("home/analyst/note", "text");
    await scratch.stub(command, `${stub}; exec /usr/bin/${command} "$@"`);
    assert.is((await scratch.run(backup)).code, 1);
    assert.equal(readdirSync(scratch.path("var/backups/honeypot")), []);
  });

const hour = 3600;
const missed: readonly (readonly [
  name: string,
  started: number | null,
  booted: number | null,
  isRun: boolean,
])[] = [
  ["runs when the last good run is older than the interval", 25, 99, true],
  ["does not run when there was a good run within it", 23, 99, false],
  ["runs when there never was one, and the first boot is older than the interval", null, 25, true],
  ["does not run when the first boot is younger", null, 1, false],
  ["does not run before the first boot has ended", null, null, false],
];
for (const [name, started, booted, isRun] of missed)
  test(`--if-missed ${name}`, async () => {
    await scratch.configure({ BACKUP_SETS: "crontabs" });
    const now = Math.floor(Date.now() / 1000);
    if (started !== null)
      await scratch.write("var/lib/honeypot/state/backup.started", `${now - started * hour}\n`);
    if (booted !== null)
      await scratch.write("var/lib/honeypot/state/first-boot.done", "", { ageHours: booted });
    const { code, stderr } = await scratch.run(backup, ["--if-missed"]);
    assert.is(code, 0);
    assert.is(stderr.includes("0 new archives"), isRun);
    if (isRun) assert.ok(Number(await scratch.read("var/lib/honeypot/state/backup.started")) >= now);
  });

async function fill(): Promise<void> {
  for (const [path] of forbidden) await scratch.write(path, `CANARY ${path}\n`, { ageHours: 2 });
  await scratch.write(
    "srv/dshield/etc/dshield.ini",
    "# CANARY\n[DShield]\nuserid=1\napikey='APIKEY0123456789=='\n",
  );
  await scratch.write("srv/cowrie/etc/cowrie.cfg", `${"#\n".repeat(2000)}auth_key = APIKEY0123456789==\n`);
  await scratch.write("home/analyst/venv/pyvenv.cfg", "CANARY");
  await scratch.write("home/analyst/my notes", "a\n-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n");
  await scratch.write("home/analyst/backup-identity", "# made\nAGE-SECRET-KEY-1CANARY\n");
  await scratch.write("home/analyst/two\nlines", "CANARY");
  await symlink("/etc/passwd", scratch.path("home/analyst/outside"));
  await symlink(scratch.path("etc/shadow"), scratch.path("srv/web-shadow"));
  execFileSync("mkfifo", [scratch.path("home/analyst/pipe")]);
  await scratch.write("var/lib/honeypot/dumps/attic-pi_2026-01-02_00-00-00.pcap", "closed", { mode: 0o400 });
  await scratch.write("var/lib/honeypot/dumps/attic-pi_2026-01-03_00-00-00.pcap", "CANARY open", {
    mode: 0o600,
  });
  await scratch.write("var/log/honeypot/backup.log", "");
  await scratch.write(`var/log/honeypot/cowrie/downloads/${"d".repeat(64)}`, "sample");
  await scratch.write("var/log/honeypot/cowrie/cowrie_2026-01-02.json.gz", gzipSync("c\n"));
  await scratch.write("var/log/honeypot/firewall/dshield_2026-01-02.log.gz", gzipSync("f\n"));
  await scratch.write("var/log/honeypot/reports/cowrieprocessor/2026-01-02/x_report.txt", "r");
  // The backup collects these first; the archives contain the lines of the day files.
  for (const path of ["srv/log/webhoneypot_2026-01-01.json", "srv/db/webhoneypot.json"])
    await rm(scratch.path(path));
  await rm(scratch.path("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-01"));
  await scratch.write("srv/log/webhoneypot_2026-01-01.json", "CANARY, and no line's end");
  await scratch.write("srv/db/webhoneypot.json", "CANARY, and no line's end");
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-01", "CANARY, and no line's end");
  for (const path of expected.filter((path) => /^(home|srv|etc|var\/spool)/.test(path))) {
    const bytes = Buffer.from(scratch.path(path), "latin1");
    await mkdir(scratch.path(path.replace(/\/[^/]*$/, "")), { recursive: true });
    appendFileSync(bytes, `${path}\n`);
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

test.run();
