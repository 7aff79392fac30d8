// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { parseReport } from "../../src/machines/sensor-report.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";
import { systemctlStub } from "../support/systemctl-stub.ts";

const status = suite("honeypot-status");
const test = needs("ss");

const state = "var/lib/honeypot/state";

type Check = {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next: string;
  readonly age?: number;
};
type Report = {
  readonly schema: number;
  readonly sensor: string;
  readonly healthy: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
};

test(status, "a healthy sensor prints one line per check and exits 0", () =>
  withSensor(async (_scratch, run) => {
    const { code, stdout, stderr } = await run();
    assert.is(stderr, "");
    assert.is(
      stdout.replace(/port \d+/, "port N").replace(/\d+% used/, "N% used"),
      "attic-pi is well\n" +
        "ok first boot      done\n" +
        "ok capture         running\n" +
        "ok log collection  ok 0 minutes ago: 3 files\n" +
        "ok backup          ok 0 minutes ago: 6 archives\n" +
        "ok disk            N% used, the limit is 101%\n" +
        "ok admin access    port N from 198.51.100.0/24\n" +
        "ok cron            running\n",
    );
    assert.is(code, 0);
  }),
);

const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const hour = 3600;
const day = 24 * hour;

const cases: readonly (readonly [
  name: string,
  change: (scratch: ScratchRoot) => Promise<unknown>,
  check: string,
  status: string,
  message: string | RegExp,
  next: string,
])[] = [
  [
    "the first boot has not begun",
    async (s) => [await remove(s, `${state}/first-boot.done`), await remove(s, `${state}/first-boot.last`)],
    "first boot",
    "waiting",
    "not started yet",
    "honeypot-status --wait",
  ],
  [
    "the first boot is running",
    async (s) => [
      await remove(s, `${state}/first-boot.done`),
      await last(s, "first-boot", "running 40-packages", 180),
    ],
    "first boot",
    "waiting",
    "running 40-packages",
    "honeypot-status --wait",
  ],
  [
    "the first boot failed",
    async (s) => [
      await remove(s, `${state}/first-boot.done`),
      await last(s, "first-boot", "failed 40-packages: could not install zip", 180),
    ],
    "first boot",
    "bad",
    "failed 3 minutes ago: 40-packages: could not install zip (it is retried)",
    "sudo tail /var/log/honeypot_setup.log",
  ],
  [
    "the capture's filter is wrong",
    async (s) => [
      await inactive(s, "honeypot-capture"),
      await last(s, "capture", "failed filter does not compile: tcpdump: syntax error", 5),
    ],
    "capture",
    "bad",
    "filter does not compile: tcpdump: syntax error",
    "journalctl --unit honeypot-capture",
  ],
  [
    "the capture has stopped",
    (s) => inactive(s, "honeypot-capture"),
    "capture",
    "bad",
    "not running",
    "journalctl --unit honeypot-capture",
  ],
  [
    "the capture is paused",
    async (s) => [
      await inactive(s, "honeypot-capture"),
      await last(s, "capture", "failed paused: disk is full, nothing more may be deleted", 5),
    ],
    "capture",
    "bad",
    "paused: disk is full, nothing more may be deleted",
    "journalctl --unit honeypot-capture",
  ],
  [
    "no packet has come for long",
    (s) => s.write("var/lib/honeypot/dumps/a.pcap", "", { ageHours: 7 }),
    "capture",
    "bad",
    "running, but no packet arrived in 6 hours",
    "journalctl --unit honeypot-capture",
  ],
  [
    "there is no packet file",
    (s) => remove(s, "var/lib/honeypot/dumps/a.pcap"),
    "capture",
    "bad",
    "running, but no packet arrived in 6 hours",
    "journalctl --unit honeypot-capture",
  ],
  [
    "the collection failed",
    (s) => last(s, "collect", "failed no space left", 60),
    "log collection",
    "bad",
    "failed 1 minutes ago: no space left",
    "journalctl --identifier honeypot-collect",
  ],
  [
    "the collection does not run any more",
    (s) => last(s, "collect", "ok 3 files", 3 * hour),
    "log collection",
    "bad",
    "ok 3 hours ago: 3 files",
    "journalctl --identifier honeypot-collect",
  ],
  [
    "the collection has never run on an old sensor",
    async (s) => [
      await remove(s, `${state}/collect.last`),
      await s.write(`${state}/first-boot.done`, "", { ageHours: 3 }),
    ],
    "log collection",
    "bad",
    "has not run yet",
    "journalctl --identifier honeypot-collect",
  ],
  [
    "the collection has not run yet on a new sensor",
    (s) => remove(s, `${state}/collect.last`),
    "log collection",
    "good",
    "has not run yet",
    "",
  ],
  [
    "the backup failed",
    (s) => last(s, "backup", "failed home: no space", 2 * day),
    "backup",
    "bad",
    "failed 48 hours ago: home: no space",
    "journalctl --identifier honeypot-backup",
  ],
  [
    "the backup is older than its schedule",
    (s) => last(s, "backup", "ok 6 archives", day + 3 * hour),
    "backup",
    "bad",
    "ok 27 hours ago: 6 archives",
    "journalctl --identifier honeypot-backup",
  ],
  [
    "the backup is as old as its schedule",
    (s) => last(s, "backup", "ok 6 archives", day + hour),
    "backup",
    "good",
    "ok 25 hours ago: 6 archives",
    "",
  ],
  [
    "there was never a backup on a sensor older than its schedule",
    async (s) => [
      await remove(s, `${state}/backup.last`),
      await s.write(`${state}/first-boot.done`, "", { ageHours: 27 }),
    ],
    "backup",
    "bad",
    "has not run yet",
    "journalctl --identifier honeypot-backup",
  ],
  [
    "there was no backup yet on a young sensor",
    async (s) => [
      await remove(s, `${state}/backup.last`),
      await s.write(`${state}/first-boot.done`, "", { ageHours: 20 }),
    ],
    "backup",
    "good",
    "has not run yet",
    "",
  ],
  [
    "the disk is full",
    (s) => s.stub("df", "printf 'Use%% IUse%%\\n 102%% -\\n'"),
    "disk",
    "bad",
    "102% used, the limit is 101%",
    "df --human-readable",
  ],
  [
    "the file system can hold few more files",
    (s) => s.stub("df", 'printf "Use%% IUse%%\n 10%%   97%%\n"'),
    "disk files",
    "bad",
    "the file system can hold few more files: 97% of its inodes are used",
    "sudo du --inodes --one-file-system / | sort --numeric-sort | tail",
  ],
  [
    "another account has taken the admin port",
    async (s) => {
      await s.stub("ss", "echo 'LISTEN 0 128 *:1 *:* uid:64123 ino:1 sk:6f <->'");
      await s.configure({ ADMIN_SSH_PORT: "1", DISK_MAX_USED_PERCENT: "101" });
    },
    "admin access",
    "bad",
    "a program of another account listens on port 1",
    "sudo ss --listening --tcp --processes 'sport = :1'",
  ],
  [
    "sshd does not listen",
    (s) => s.configure({ ADMIN_SSH_PORT: "1", DISK_MAX_USED_PERCENT: "101" }),
    "admin access",
    "bad",
    "sshd does not listen on port 1",
    "journalctl --unit ssh",
  ],
  [
    "the admin rules are not loaded",
    (s) => s.stub("nft", "exit 1"),
    "admin access",
    "bad",
    /^the rules for port \d+ are not loaded$/,
    "sudo systemctl restart honeypot-admin-access",
  ],
  [
    "a timer does not run",
    async (s) => [
      await s.write(`${state}/first-boot/60-services.done`, ""),
      await s.write("etc/systemd/system/honeypot-collect.timer", ""),
      await s.write("etc/systemd/system/honeypot-retention.timer", ""),
      await inactive(s, "honeypot-retention.timer"),
    ],
    "timers",
    "bad",
    "honeypot-retention.timer is not running",
    "sudo systemctl start honeypot-retention.timer",
  ],
  [
    "systemctl prints nothing about the timers",
    async (s) => [
      await s.write(`${state}/first-boot/60-services.done`, ""),
      await s.write("etc/systemd/system/honeypot-collect.timer", ""),
      await s.stub("systemctl", '[[ "$2" == --quiet ]]'),
    ],
    "timers",
    "bad",
    "honeypot-collect.timer is not running",
    "sudo systemctl start honeypot-collect.timer",
  ],
  ["cron does not run", (s) => inactive(s, "cron"), "cron", "bad", "not running", "systemctl status cron"],
];
// A killed process records nothing: its mark reports that until the next run ends.
const marks: readonly (readonly [name: string, mark: string, isKilled: boolean])[] = [
  ["that runs", `${process.pid} ${bootId}`, false],
  ["that was killed", `4194305 ${bootId}`, true],
  ["that a power cut ended", `${process.pid} 00000000-0000-0000-0000-000000000000`, true],
  ["whose mark a power cut has emptied", "", true],
];
for (const [name, mark, isKilled] of marks)
  test(status, `a backup ${name} is ${isKilled ? "a failure" : "none"}, whatever the one before was`, () =>
    withSensor(async (scratch, run) => {
      await scratch.write(`${state}/backup.running`, `${mark}\n`);
      const { stdout } = await run();
      assert.match(
        stdout,
        isKilled
          ? /\n!! backup +failed 0 minutes ago: it was killed, or the power failed\n/
          : /\nok backup +ok 0 minutes ago: 6 archives\n/,
      );
    }),
  );

for (const [name, change, check, wanted, message, next] of cases)
  test(status, `when ${name}, "${check}" is ${wanted}`, () =>
    withSensor(async (scratch, run) => {
      await change(scratch);
      const { code, stdout } = await run(["--json"]);
      const report: Report = JSON.parse(stdout);
      const found = report.checks.find((one) => one.name === check);
      assert.is(found?.status, wanted);
      assert.match(found?.message ?? "", message);
      assert.is(found?.next, next);
      assert.is(report.healthy, wanted === "good");
      assert.is(code, wanted === "good" ? 0 : 1);
      const others = report.checks.filter((one) => one.name !== check).map((one) => one.status);
      assert.equal(new Set(others), new Set(["good"]));
      const words = (await run()).stdout;
      assert.is(
        words.startsWith(wanted === "good" ? "attic-pi is well\n" : "attic-pi needs attention\n"),
        true,
      );
      if (next !== "") assert.ok(words.includes(`\n   ${" ".repeat(15)} next: ${next}\n`), words);
    }),
  );

test(status, "a sensor with analysis tools says how each ended, beside all the rest", () =>
  withSensor(async (scratch, run) => {
    const checks = "usr/local/lib/honeypot/status/tools.sh";
    await scratch.write(checks, await readFile(`templates/${checks}`, "utf8"));
    await scratch.write(
      "etc/default/honeypot",
      `${await scratch.read("etc/default/honeypot")}TOOLS_INTERVALS="cowrieprocessor 86400 json_log_country 604800"\n`,
    );
    await last(scratch, "json_log_country", "failed it did not end within 60 s", 60);
    const { stdout, code } = await run();
    assert.match(stdout, /^attic-pi needs attention\nok first boot {6}done\nok capture {9}running\n/);
    assert.match(stdout, "\nok cowrieprocessor has not run yet\n");
    assert.match(stdout, "\n!! json_log_country failed 1 minutes ago: it did not end within 60 s\n");
    assert.is(code, 1);
  }),
);

test(status, "a sensor that sends its archives says how that went, and shows its key", () =>
  withSensor(async (scratch, run) => {
    await last(scratch, "transfer", "ok sent 2 archives, 10 bytes", day + hour);
    const settings = { TRANSFER_HOST: "192.0.2.9", TRANSFER_INTERVAL_SECONDS: "86400" };
    await scratch.write(
      "etc/default/honeypot",
      `${await scratch.read("etc/default/honeypot")}${Object.entries(settings)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join("")}`,
    );
    await scratch.write("etc/honeypot/transfer_key.pub", "ssh-ed25519 AAAA honeypot attic-pi\n");
    const checks = "usr/local/lib/honeypot/status/transfer.sh";
    await scratch.write(checks, await readFile(`templates/${checks}`, "utf8"));
    const said = await run();
    assert.match(said.stdout, "\nok transfer        ok 25 hours ago: sent 2 archives, 10 bytes\n");
    assert.match(said.stdout, "\nok transfer key    ssh-ed25519 AAAA honeypot attic-pi\n");
    assert.is(said.code, 0);
    await last(scratch, "transfer", "failed the server does not let sensor in with this key", 60);
    const failed = await run();
    assert.match(failed.stdout, "!! transfer        failed 1 minutes ago: the server does not let sensor in");
    assert.is(failed.code, 1);
  }),
);

test(status, "ignores a failed task during the first boot, when it cannot succeed yet", () =>
  withSensor(async (scratch, run) => {
    await remove(scratch, `${state}/first-boot.done`);
    await last(scratch, "first-boot", "running 90-verify", 20);
    await last(scratch, "backup", "failed home", 20);
    assert.not.match((await run()).stdout, "!!");
  }),
);

test(status, "runs a feature's own checks last", () =>
  withSensor(async (scratch, run) => {
    const checks = "usr/local/lib/honeypot/status";
    await scratch.write(`${checks}/a.sh`, 'add "feature a" good "as ${SENSOR_NAME} wants"\n', {
      mode: 0o644,
    });
    await scratch.write(
      `${checks}/b.sh`,
      'if is_active feature-b; then add "feature b" good "running"; else add "feature b" bad "not running" "type this"; fi\n',
      { mode: 0o644 },
    );
    const well = await run();
    assert.ok(
      well.stdout.endsWith("running\nok feature a       as attic-pi wants\nok feature b       running\n"),
    );
    assert.is(well.code, 0);
    await inactive(scratch, "feature-b");
    const bad = await run();
    assert.match(bad.stdout, "!! feature b       not running\n                   next: type this\n");
    assert.is(bad.code, 1);
  }),
);

const ahead: readonly (readonly [
  name: string,
  change: (s: ScratchRoot) => Promise<unknown>,
  words: RegExp,
])[] = [
  [
    "a result",
    (s) => last(s, "backup", "ok 6 archives", -3 * day),
    /^ok 7[12] hours ahead of the clock: 6 archives$/,
  ],
  [
    "the end of the first boot",
    async (s) => [
      await remove(s, `${state}/backup.last`),
      await s.write(`${state}/first-boot.done`, "", { ageHours: -1.115 }),
    ],
    /^has not run yet, and the first boot ended 6[567] minutes ahead of the clock$/,
  ],
];
for (const [name, change, words] of ahead)
  test(status, `${name} from the future is bad, and points at the clock`, () =>
    withSensor(async (scratch, run) => {
      await change(scratch);
      const { code, stdout } = await run(["--json"]);
      const report: Report = JSON.parse(stdout);
      const { status: found, message, next } = report.checks.find((one) => one.name === "backup") as Check;
      assert.equal([found, next], ["bad", "timedatectl"]);
      assert.match(message, words);
      assert.is(code, 1);
      assert.not.match(stdout, /-\d/);
    }),
  );

test(status, "a result of the next second is no fault of the clock", () =>
  withSensor(async (scratch, run) => {
    await last(scratch, "backup", "ok 6 archives", -30);
    assert.match((await run()).stdout, "ok backup          ok 0 minutes ago: 6 archives\n");
  }),
);

test(status, "does not count packets from the future", () =>
  withSensor(async (scratch, run) => {
    await scratch.write("var/lib/honeypot/dumps/a.pcap", "", { ageHours: -48 });
    assert.match((await run()).stdout, "!! capture         running, but no packet arrived in 6 hours\n");
  }),
);

const results: readonly (readonly [said: string, mark: string, words: string])[] = [
  [
    "ok deleted '/x/a.pcap': oldest capture at 85% disk use",
    "ok",
    "ok 3 hours ago: deleted '/x/a.pcap': oldest",
  ],
  ["failed cannot delete '/x/a.pcap'", "!!", "failed 3 hours ago: cannot delete '/x/a.pcap'"],
];
for (const [said, mark, words] of results)
  test(status, `retention's last result is shown: ${said}`, () =>
    withSensor(async (scratch, run) => {
      await last(scratch, "retention", said, 3 * hour);
      const { code, stdout } = await run();
      assert.match(stdout, `\n${mark} retention       ${words}`);
      assert.is(code, mark === "ok" ? 0 : 1);
    }),
  );

test(status, "a task's notes follow its result: lost data is bad, skipped data is not", () =>
  withSensor(async (scratch, run) => {
    await scratch.write(
      `${state}/collect.notes`,
      "note: left out a \u001b[31msymlink\nwithout a word before it\n",
    );
    await scratch.write(`${state}/other.notes`, "note: of a task without a result\n");
    const well = await run();
    assert.match(
      well.stdout,
      "ok log collection  ok 0 minutes ago: 3 files\n" +
        "-- log collection  left out a  [31msymlink\n" +
        "-- log collection  without a word before it\n" +
        "ok backup ",
    );
    assert.match(well.stdout, "\n-- other           of a task without a result\n");
    assert.is(well.code, 0);
    const many = Array.from({ length: 40 }, (_, i) => `bad: damaged ${i}\n`).join("");
    await scratch.write(`${state}/retention.notes`, `bad: two archives went without a transfer\n${many}`);
    const bad = await run(["--json"]);
    const report: Report = JSON.parse(bad.stdout);
    const found = report.checks.filter(({ name }) => name === "retention");
    assert.equal(found[0], {
      name: "retention",
      status: "bad",
      message: "two archives went without a transfer",
      next: "journalctl --identifier honeypot-retention",
    });
    assert.is(found.length, 11);
    assert.equal(found[10], {
      name: "retention",
      status: "note",
      message: `and more: less /${state}/retention.notes`,
      next: "",
    });
    assert.equal([report.healthy, bad.code], [false, 1]);
  }),
);

const unusable: readonly (readonly [name: string, text: string | undefined, words: string | RegExp])[] = [
  ["is missing", undefined, "/etc/default/honeypot is missing"],
  ["is empty", "", "/etc/default/honeypot has no usable SENSOR_NAME"],
  [
    "ends within a quote",
    'SENSOR_NAME="attic-pi\n',
    /^\/etc\/default\/honeypot is broken: line 1: unexpected EOF while looking for matching/,
  ],
  [
    "has a line of words",
    "SENSOR_NAME=a\nno-such-command now\n",
    /is broken: line 2: no-such-command: command not found$/,
  ],
  ["names missing settings", 'SENSOR_NAME="$NOT_THERE"\n', /is broken: line 1: NOT_THERE: unbound variable$/],
  [
    "lacks one setting",
    'SENSOR_NAME="a"\nADMIN_SSH_PORT="22"\nADMIN_ALLOW_FROM="anywhere"\nBACKUP_INTERVAL_SECONDS="1"\n',
    "/etc/default/honeypot has no usable DISK_MAX_USED_PERCENT",
  ],
  [
    "has words where a number belongs",
    'SENSOR_NAME="a"\nADMIN_SSH_PORT=\'a[$(touch /tmp/sensorbake-was-here)]\'\nADMIN_ALLOW_FROM="anywhere"\n',
    "/etc/default/honeypot has no usable ADMIN_SSH_PORT",
  ],
];
for (const [name, text, words] of unusable)
  test(status, `settings file that ${name}: is reported as a check, in words and as JSON`, () =>
    withSensor(async (scratch, run) => {
      if (text === undefined) await remove(scratch, "etc/default/honeypot");
      else await scratch.write("etc/default/honeypot", text);
      const { code, stdout, stderr } = await run(["--json"]);
      assert.is(stderr, "");
      assert.is(code, 1);
      const report: Report = JSON.parse(stdout);
      assert.is(report.healthy, false);
      assert.is(report.checks[0]?.name, "settings");
      assert.is(report.checks[0]?.status, "bad");
      assert.match(report.checks[0]?.message ?? "", words);
      assert.equal(
        report.checks.slice(1).map((one) => [one.name, one.status]),
        [
          ["first boot", "good"],
          ["capture", "good"],
          ["cron", "good"],
        ],
      );
      const said = await run();
      assert.is(said.stderr, "");
      assert.match(said.stdout, / needs attention\n!! settings {8}\/etc\/default\/honeypot /);
      assert.is(existsSync("/tmp/sensorbake-was-here"), false);
    }),
  );

test(status, "an error within a check ends neither the words nor the JSON", () =>
  withSensor(async (scratch, run) => {
    await scratch.write("usr/local/lib/honeypot/status/a.sh", 'add a good "${NO_SUCH_SETTING}"\n', {
      mode: 0o644,
    });
    const { code, stdout, stderr } = await run(["--json"]);
    assert.match(stderr, "NO_SUCH_SETTING: unbound variable");
    const report: Report = JSON.parse(stdout);
    assert.is(report.checks.at(-1)?.name, "status");
    assert.is(report.checks.at(-1)?.message, "an error stopped the checks before the last one");
    assert.equal([report.healthy, code], [false, 1]);
    assert.match((await run()).stdout, "\n!! status          an error stopped the checks");
  }),
);

test(status, "treats a damaged result as missing", () =>
  withSensor(async (scratch, run) => {
    for (const text of ["", "\0\0\0\0", "a[$(touch /tmp/sensorbake-was-here)] ok x\n", "08 ok x\n"]) {
      await scratch.write(`${state}/backup.last`, text);
      const { stdout, stderr } = await run();
      assert.is(stderr, "");
      assert.match(stdout, "ok backup          has not run yet\n");
    }
    assert.is(existsSync("/tmp/sensorbake-was-here"), false);
  }),
);

test(status, "JSON is valid for every byte in every place that a stranger may fill", () =>
  withSensor(async (scratch, run) => {
    const bytes = Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1).filter((byte) => byte !== 10));
    const all = Buffer.concat([bytes, bytes, bytes]);
    const line = (head: string) => Buffer.concat([Buffer.from(head), all, Buffer.from("\n")]);
    await scratch.write(`${state}/backup.last`, line(`${Math.floor(Date.now() / 1000)} failed `));
    await scratch.write(`${state}/retention.notes`, line("bad: "));
    await scratch.write(
      "usr/local/lib/honeypot/status/a.sh",
      Buffer.concat([
        Buffer.from("add $'"),
        escapedForBash(all),
        Buffer.from('\' bad x "$(< "${state}/backup.last")"\n'),
      ]),
    );
    const { stdout, stderr } = await run(["--json"], { environment: { LC_ALL: "C.UTF-8" } });
    assert.is(stderr, "");
    const report: Report = JSON.parse(stdout);
    assert.match(report.checks.find((one) => one.name === "retention")?.message ?? "", '!"#$%&');
    assert.match(report.checks.find((one) => one.next !== "" && one.message === "x")?.next ?? "", '!"#$%&');
    assert.equal(parseReport(stdout), report);
    // It prints lines of printable ASCII.
    assert.match(stdout, /^[ -~]*\n$/);
    assert.match((await run([], { environment: { LC_ALL: "C.UTF-8" } })).stdout, /^[ -~\n]*$/);
  }),
);

test(status, "JSON stays JSON whatever a message holds", () =>
  withSensor(async (scratch, run) => {
    await last(scratch, "backup", 'failed a "quote", a \\ and \t\u0007 \u00e9 \ufffd', 10);
    const report: Report = JSON.parse((await run(["--json"])).stdout);
    assert.match(
      report.checks.find((one) => one.name === "backup")?.message ?? "",
      /: a "quote", a \\ and +/,
    );
    assert.is(report.sensor, "attic-pi");
  }),
);

test(status, "JSON needs no jq and the words need no python", () =>
  withSensor(async (_scratch, run) => {
    const text = await readFile("templates/usr/local/bin/honeypot-status", "utf8");
    assert.not.match(text, /\b(jq|python3?|perl)\b/);
    assert.is((await run(["--json"])).stdout.split("\n").length, 2);
  }),
);

test(status, "JSON has the facts by which fleets are compared, and the ages of results", () =>
  withSensor(async (scratch, run) => {
    const build = { sensor: "attic-pi", sensorbake: "0.1.0", settings_digest: "0123456789abcdef".repeat(2) };
    await scratch.write("etc/honeypot/build.json", JSON.stringify(build, null, 2));
    await scratch.write(`${state}/first-boot.done`, "", { ageHours: 49 });
    await scratch.write("var/lib/honeypot/dumps/old.pcap", "x".repeat(700), { ageHours: 48 });
    await scratch.write("var/lib/honeypot/dumps/older.pcap", "x".repeat(700), { ageHours: 24 * 8 });
    await scratch.write("var/lib/honeypot/dumps/a.pcap", "x".repeat(2000));
    for (const [name, ageHours] of [
      ["a", 1],
      ["b", 24 * 29],
      ["c", 24 * 31],
    ] as const)
      await scratch.write(`var/log/honeypot/cowrie/downloads/${name}`, "", { ageHours });
    await last(scratch, "backup", "ok 6 archives", 2 * hour);
    const { stdout } = await run(["--json"]);
    const report: Report = JSON.parse(stdout);
    // `sensorbake status` reads all of it.
    assert.equal(parseReport(stdout), report);
    assert.is(report.schema, 1);
    const { disk_percent, ...facts } = report.facts;
    assert.type(disk_percent, "number");
    assert.equal(facts, {
      version: "0.1.0",
      settings_digest: "0123456789abcdef0123456789abcdef",
      days: 2,
      capture_bytes_per_day: 1000,
      downloads: 2,
    });
    const ageOf = (name: string) => report.checks.find((check) => check.name === name)?.age ?? -1;
    assert.ok(ageOf("backup") >= 2 * hour && ageOf("backup") < 2 * hour + 60);
    assert.equal([ageOf("disk"), ageOf("capture"), ageOf("cron")], [-1, -1, -1]);
  }),
);

test(status, "a task that has not run yet has no age", () =>
  withSensor(async (scratch, run) => {
    await remove(scratch, `${state}/backup.last`);
    const report: Report = JSON.parse((await run(["--json"])).stdout);
    assert.is(report.checks.find(({ name }) => name === "backup")?.age, undefined);
  }),
);

test(status, "a build.json that is damaged gives no facts", () =>
  withSensor(async (scratch, run) => {
    await scratch.write("etc/honeypot/build.json", '{"sensorbake": "1\\"}, "x": "", "settings_digest": "a"}');
    const { facts }: Report = JSON.parse((await run(["--json"])).stdout);
    assert.equal(Object.keys(facts), ["disk_percent", "days"]);
  }),
);

test(status, "our files are compared with the manifest: a changed one is a note, a missing one is bad", () =>
  withSensor(async (scratch, run) => {
    await scratch.lay("usr/local/lib/honeypot/status/files.sh");
    assert.not.match((await run()).stdout, /^.. files /m);
    const kept = ["a", "b", "c"];
    for (const name of kept) await scratch.write(`etc/honeypot/${name}`, name);
    const lines = kept.map((name) => `${sha256(name)}  /etc/honeypot/${name}\n`);
    await scratch.write("etc/honeypot/manifest", lines.join(""), { mode: 0o600 });
    assert.match((await run()).stdout, "\nok files           as installed\n");
    await scratch.write("etc/honeypot/a", "changed");
    const changed = await run(["--json"]);
    const report: Report = JSON.parse(changed.stdout);
    const found = (all: Report) =>
      all.checks.filter(({ name }) => name === "files").map(({ status, message }) => [status, message]);
    assert.equal(found(report), [["note", "changed by hand: /etc/honeypot/a"]]);
    assert.is(report.facts.files_changed, 1);
    assert.is(changed.code, 0);
    await remove(scratch, "etc/honeypot/b");
    const missing = await run(["--json"]);
    assert.equal(found(JSON.parse(missing.stdout)), [
      ["bad", "missing: /etc/honeypot/b"],
      ["note", "changed by hand: /etc/honeypot/a"],
    ]);
    assert.is(missing.code, 1);
  }),
);

test(status, "--wait returns when the first boot ends, and exits by health", () =>
  withSensor(async (scratch, run) => {
    await remove(scratch, `${state}/first-boot.done`);
    await last(scratch, "first-boot", "failed 40-packages: no mirror", 1);
    await scratch.stub(
      "sleep",
      `cd "$HONEYPOT_ROOT/${state}"; if test -e retried; then touch first-boot.done; else echo "1 running 60-services" >first-boot.last; touch retried; fi`,
    );
    const { code, stdout, stderr } = await run(["--wait"]);
    assert.is(stderr, "first boot: failed 40-packages: no mirror\nfirst boot: running 60-services\n");
    assert.match(stdout, "attic-pi is well");
    assert.is(code, 0);
    await inactive(scratch, "cron");
    assert.is((await run(["--wait"])).code, 1);
  }),
);

test(status, "--wait stops after its timeout, by its own count and not by the clock", () =>
  withSensor(async (scratch, run) => {
    await remove(scratch, `${state}/first-boot.done`);
    await scratch.stub("sleep", 'echo "$1" >>"$HONEYPOT_ROOT/slept"');
    const { code, stdout } = await run(["--wait", "--timeout", "12"]);
    assert.is(code, 1);
    assert.match(stdout, "attic-pi needs attention");
    assert.is(await scratch.read("slept"), "5\n5\n5\n");
    assert.is((await run(["--wait", "--timeout", "0", "--json"])).code, 1);
  }),
);

for (const args of [
  ["--jsn"],
  ["json"],
  ["--timeout"],
  ["--timeout", "soon"],
  ["--timeout", "-1"],
  ["--timeout="],
  [""],
])
  test(status, `"${args.join(" ")}" is answered with the usage and exit 2`, () =>
    withSensor(async (_scratch, run) => {
      const { code, stdout, stderr } = await run(args);
      assert.is(code, 2);
      assert.is(stdout, "");
      assert.match(stderr, /^usage: honeypot-status /);
    }),
  );

test(status, "--help goes to standard output, exit 0", () =>
  withSensor(async (_scratch, run) => {
    const { code, stdout } = await run(["--help"]);
    assert.is(code, 0);
    for (const option of ["--json", "--wait", "--timeout", "--help"]) assert.match(stdout, option);
  }),
);

const unprivileged = needs("ss", "setpriv");
const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
unprivileged(status, "users other than root see readable checks, and which checks need root", () =>
  withSensor(async (scratch, run) => {
    await scratch.write("etc/default/honeypot", await scratch.read("etc/default/honeypot"), { mode: 0o644 });
    await scratch.stub("nft", "exit 1");
    const { code, stdout, stderr } = await run([], { wrapper: asNobody });
    assert.is(stderr, "");
    assert.match(stdout, "ok capture         running\n");
    assert.match(stdout, /ok admin access {4}port \d+ from 198.51.100.0\/24\n/);
    assert.match(
      stdout,
      "\n-- not checked     whether packets still arrive, the rules of the admin port: only root can check this\n",
    );
    assert.is(code, 0);
    await inactive(scratch, "honeypot-admin-access");
    assert.is((await run([], { wrapper: asNobody })).code, 1);
  }),
);

unprivileged(status, "users who cannot read the settings get a message", () =>
  withSensor(async (_scratch, run) => {
    const { code, stdout, stderr } = await run(["--json"], { wrapper: asNobody });
    assert.is(stderr, "");
    const report: Report = JSON.parse(stdout);
    assert.is(report.checks[0]?.message, "/etc/default/honeypot is not a file that you can read");
    assert.is(code, 1);
  }),
);

const terminal = needs("ss", "script");
terminal(status, "lines on a terminal are no longer than it is wide, and none loses a word", () =>
  withSensor(async (scratch) => {
    await scratch.write(
      "in-terminal",
      '#!/bin/bash\nscript --quiet --return --command "stty rows 24 columns 60; $HONEYPOT_ROOT/usr/local/bin/honeypot-status" /dev/null\n',
      { mode: 0o755 },
    );
    const long = `${"several words ".repeat(20)}${"x".repeat(100)} end`;
    await last(scratch, "backup", `failed ${long}`, 20);
    const { stdout } = await scratch.run("in-terminal", [], { environment: { NO_COLOR: "1" } });
    const lines = stdout.replaceAll("\r", "").split("\n");
    assert.ok(
      lines.filter((line) => !line.includes("next: ")).every((line) => line.length <= 60),
      stdout,
    );
    const words = lines.slice(
      4,
      lines.findIndex((line) => line.includes("next: ")),
    );
    assert.is(words.join("").replaceAll(" ", ""), `!!backupfailed0minutesago:${long}`.replaceAll(" ", ""));
    assert.match(words[1] ?? "", /^ {19}\S/);
  }),
);

terminal(status, "colour is for terminals without NO_COLOR, and the marks are there without it", () =>
  withSensor(async (scratch) => {
    await scratch.write(
      "in-terminal",
      '#!/bin/bash\nscript --quiet --return --command "$HONEYPOT_ROOT/usr/local/bin/honeypot-status" /dev/null\n',
      { mode: 0o755 },
    );
    const on = async (environment: Readonly<Record<string, string>>) =>
      (await scratch.run("in-terminal", [], { environment })).stdout;
    assert.match(await on({}), "\u001b[32mok\u001b[0m cron");
    assert.not.match(await on({ NO_COLOR: "1" }), "\u001b");
    await inactive(scratch, "cron");
    assert.match(await on({}), "\u001b[31m!!\u001b[0m cron            not running");
    assert.match(await on({ NO_COLOR: "1" }), "!! cron            not running");
  }),
);

status.run();

type Run = (args?: readonly string[], options?: Parameters<ScratchRoot["run"]>[2]) => Promise<Outcome>;

/** A healthy sensor: a server replaces sshd, and every unit is active unless its root contains `inactive-UNIT`. */
async function withSensor(body: (scratch: ScratchRoot, run: Run) => Promise<void>): Promise<void> {
  const sshd = createServer().listen(0, "127.0.0.1");
  await once(sshd, "listening");
  const address = sshd.address();
  const scratch = await makeScratchRoot({
    ADMIN_SSH_PORT: String(typeof address === "object" && address?.port),
    DISK_MAX_USED_PERCENT: "101",
  });
  try {
    await scratch.stub("systemctl", systemctlStub);
    await scratch.stub("nft", ":");
    await scratch.write(`${state}/first-boot.done`, "");
    await scratch.write("var/lib/honeypot/dumps/a.pcap", "");
    await last(scratch, "first-boot", "ok all steps are done", 20);
    await last(scratch, "capture", "ok capturing on eth0", 20);
    await last(scratch, "collect", "ok 3 files", 20);
    await last(scratch, "backup", "ok 6 archives", 20);
    await body(scratch, (args = [], options = {}) =>
      scratch.run("usr/local/bin/honeypot-status", args, options),
    );
  } finally {
    sshd.close();
    await scratch.remove();
  }
}

/** Bytes as bash reads them between `$'` and `'`. */
function escapedForBash(bytes: Uint8Array): Buffer {
  return Buffer.from(Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""));
}

function last(scratch: ScratchRoot, task: string, said: string, secondsAgo: number): Promise<string> {
  return scratch.write(`${state}/${task}.last`, `${Math.floor(Date.now() / 1000) - secondsAgo} ${said}\n`, {
    mode: 0o644,
  });
}

function inactive(scratch: ScratchRoot, unit: string): Promise<string> {
  return scratch.write(`inactive-${unit}`, "");
}

async function remove(scratch: ScratchRoot, path: string): Promise<void> {
  await scratch.write("remove", '#!/bin/bash\nrm -- "$HONEYPOT_ROOT/$1"\n', { mode: 0o755 });
  await scratch.run("remove", [path]);
}
