import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { ask, type Guest } from "../../src/trial/observe/ask.ts";
import { needs } from "../support/needs.ts";
import { pcapOf } from "../support/pcap.ts";
import { execute, type ScratchRoot } from "../support/scratch-root.ts";

// Every script of observe/: on a sensor on which it finds what it looks for, and on sensors on which it must not.

const test = suite("trial/scripts");
const run = needs("tcpdump", "7zz", "setpriv", "zgrep");

type Case = {
  readonly script: string;
  readonly values?: Readonly<Record<string, string>>;
  /** Makes the scratch root a sensor where the script finds what it looks for. */
  readonly good: (root: Root) => Promise<unknown>;
  /** What each fault does after that, and a word of the evidence. */
  readonly faults: readonly (readonly [
    name: string,
    plant: (root: Root) => Promise<unknown>,
    says: RegExp,
  ])[];
};

const state = "var/lib/honeypot/state";
const dumps = "var/lib/honeypot/dumps";
const backups = "var/backups/honeypot";
const ends = (path: string, code: number) => (root: Root) =>
  root.write(path, `#!/bin/bash\nexit ${code}\n`, { mode: 0o755 });
const packet = { from: "10.0.2.2", to: "10.0.2.15", fromPort: 40_000, toPort: 22 };
const route = (root: Root) => root.stub("ip", "echo '203.0.113.9 via 10.0.2.2 dev eth0 src 10.0.2.15 uid 0'");
const password = (root: Root) =>
  root.write("etc/honeypot/secrets/backup_password", "infected\n", { mode: 0o600 });
const archive = async (root: Root, name: string, words: readonly string[], word = "infected") => {
  await root.write(`tmp/${dumps}/a.pcap`, pcapOf([packet]));
  const made = await execute("7zz", [
    "a",
    `-p${word}`,
    ...words,
    root.path(`${backups}/${name}`),
    root.path("tmp/var"),
  ]);
  assert.is(made.code, 0, made.stdout);
};
const recipient = (...types: readonly string[]) =>
  `age-encryption.org/v1\n${types.map((type) => `-> ${type} abc\nbody\n`).join("")}--- mac\n\0\0`;
const sshd = (lines: readonly string[]) => (root: Root) =>
  root.stub("sshd", `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")}`);
const strict = ["permitrootlogin no", "passwordauthentication no", "kbdinteractiveauthentication no"];
const capture = async (root: Root, words: readonly string[], pid = "77") => {
  await root.stub("systemctl", `echo ${pid}`);
  await root.stub("stat", "echo honeypot");
  await root.write("proc/77/cmdline", words.join("\0"));
};
const tcpdump = [
  "tcpdump",
  "--interface=eth0",
  "--snapshot-length=65535",
  "-G",
  "86400",
  "-C",
  "512",
  "-w",
  "x",
];

const commit = "0123456789abcdef0123456789abcdef01234567";
const url = "https://github.com/example/tool";
/** A git that answers as in a clone of `url` at the head, with files as committed or not. */
const git =
  (head: string, ref: string, isSame = true) =>
  (root: Root) =>
    root.stub(
      "git",
      `case "$*" in *remote.origin.url) echo ${url} ;; *honeypot.ref) echo ${ref} ;; *rev-parse*) echo ${head} ;; *) ${isSame} ;; esac`,
    );
const reported = "var/log/honeypot/reports/cowrieprocessor/2026-11-28";
/** An analyse.sh that reads the copy, and says so; then does the work. */
const analysis =
  (said: string, work = `echo x | tee a_1_day_report.txt >cowrieprocessor.sqlite`) =>
  async (root: Root) => {
    const program = `set -e
cd "$HONEYPOT_ROOT"
zcat var/log/honeypot/cowrie/cowrie_*_trial*.json.gz | grep --quiet session
echo "1700000000 ok 1 of 1 days; ${said}" >${state}/$1.last
echo "2026-11-28T12:00:00Z analyse: 2026-11-28: ${said}" >&2
mkdir --parents ${reported} && cd ${reported}
${work}
`;
    await root.write(`${state}/cowrieprocessor.last`, "");
    await root.write("opt/honeypot/scripts/analyse.sh", `#!/bin/bash\n${program}`, { mode: 0o755 });
  };

const cases: readonly Case[] = [
  {
    script: "first-boot",
    good: async (root) => {
      await root.write(`${state}/first-boot.done`, "");
      await root.write(`${state}/first-boot/10-directories.done`, "");
      await root.stub("systemctl", "");
    },
    faults: [
      [
        "a unit has failed",
        (root) => root.stub("systemctl", "echo 'cowrie.service loaded failed failed x'"),
        /cowrie/,
      ],
      ["it has not ended", (root) => execute("rm", [root.path(`${state}/first-boot.done`)]), /not ended/],
    ],
  },
  {
    script: "admin-login",
    values: { user: "analyst", port: "12222" },
    good: async (root) => {
      await root.stub("ss", "echo 'ESTAB 0 0 x y'");
      await root.write("sudo-user", "analyst");
    },
    faults: [
      ["there is no session", (root) => root.stub("ss", ""), /no session on port 12222/],
      ["another account used sudo", (root) => root.write("sudo-user", "other"), /used by other/],
    ],
  },
  {
    script: "root-login",
    values: { user: "analyst" },
    good: sshd([...strict, "allowusers analyst"]),
    faults: [
      [
        "root may log in",
        sshd(["permitrootlogin yes", ...strict.slice(1), "allowusers analyst"]),
        /permitrootlogin no/,
      ],
      [
        "another account may",
        sshd([...strict, "allowusers analyst", "allowusers other"]),
        /several accounts/,
      ],
      ["everyone may", sshd(strict), /allowusers analyst/],
      ["sshd does not answer", (root) => root.stub("sshd", "exit 1"), /did not answer/],
    ],
  },
  {
    script: "old-ssh-port",
    good: (root) => root.stub("ss", ""),
    faults: [
      [
        "sshd listens",
        (root) => root.stub("ss", `echo 'LISTEN 0 1 *:22 users:(("sshd",pid=1,fd=3))'`),
        /sshd listens/,
      ],
    ],
  },
  {
    script: "identity",
    values: { name: "fra-vps", timezone: "Europe/Berlin" },
    good: async (root) => {
      await root.stub("hostname", "echo fra-vps");
      await symlink("/usr/share/zoneinfo/Europe/Berlin", root.path("etc/localtime"));
    },
    faults: [
      ["another name", (root) => root.stub("hostname", "echo debian"), /host name is debian/],
      [
        "another time zone",
        (root) => execute("ln", ["-sfn", "/usr/share/zoneinfo/Etc/UTC", root.path("etc/localtime")]),
        /UTC/,
      ],
    ],
  },
  {
    script: "timers",
    values: { units: "a.timer b.timer" },
    good: (root) => root.stub("systemctl", ""),
    faults: [
      [
        "one does not run",
        (root) => root.stub("systemctl", '[[ "$*" != *is-active*b.timer ]]'),
        /b\.timer is not active/,
      ],
      [
        "one is not enabled",
        (root) => root.stub("systemctl", '[[ "$*" != *is-enabled*a.timer ]]'),
        /a\.timer does not start/,
      ],
    ],
  },
  {
    script: "limits",
    values: { wanted: 'CAPTURE_KEEP_DAYS="14" DISK_MAX_USED_PERCENT="85"' },
    good: (root) => root.stub("systemctl", ""),
    faults: [
      [
        "another limit",
        (root) => root.write("etc/default/honeypot", 'CAPTURE_KEEP_DAYS="140"\n'),
        /lacks CAPTURE_KEEP_DAYS="14"/,
      ],
      ["retention fails", (root) => root.stub("systemctl", "exit 1"), /honeypot-retention/],
    ],
  },
  {
    script: "timetable",
    values: {
      lines:
        "30 2 * * * root /opt/honeypot/scripts/backup.sh;0 5 * * * root /opt/honeypot/scripts/transfer.sh",
    },
    good: async (root) => {
      await root.stub("systemctl", "");
      const line = (when: string, script: string) => `${when} root /opt/honeypot/scripts/${script} 2>&1\n`;
      await root.write(
        "etc/cron.d/honeypot",
        line("30 2 * * *", "backup.sh") + line("0 5 * * *", "transfer.sh"),
      );
    },
    faults: [
      [
        "no transfer",
        (root) => execute("sed", ["-i", "/transfer/d", root.path("etc/cron.d/honeypot")]),
        /transfer\.sh/,
      ],
      [
        "another time",
        (root) => execute("sed", ["-i", "s/30 2/30 3/", root.path("etc/cron.d/honeypot")]),
        /backup\.sh/,
      ],
      ["cron does not run", (root) => root.stub("systemctl", "exit 3"), /cron is not active/],
    ],
  },
  {
    script: "daily-reboot",
    values: { schedule: "30 4 * * *" },
    good: (root) => root.write("etc/cron.d/dshield", "30 4 * * * root /sbin/reboot\n"),
    faults: [
      ["another time", (root) => root.write("etc/cron.d/dshield", "31 4 * * * root /sbin/reboot\n"), /31 4/],
      ["no reboot", (root) => root.write("etc/cron.d/dshield", "# nothing\n"), /no reboot/],
      ["no file", (root) => execute("rm", [root.path("etc/cron.d/dshield")]), /does not exist/],
    ],
  },
  {
    script: "daily-reboot",
    values: { schedule: "off" },
    good: (root) => root.write("etc/cron.d/dshield", "1 1 * * * dshield true\n"),
    faults: [
      ["a reboot", (root) => root.write("etc/cron.d/dshield", "31 4 * * * root /sbin/reboot\n"), /reboot/],
    ],
  },
  {
    script: "egress",
    good: (root) => root.stub("nft", "echo 'meta skuid 1002 jump limited'"),
    faults: [
      ["no table", (root) => root.stub("nft", "exit 1"), /limits no account/],
      [
        "an empty table",
        (root) => root.stub("nft", "echo 'table inet honeypot_egress { }'"),
        /limits no account/,
      ],
    ],
  },
  {
    script: "honeypot",
    values: { ports: "2222 8000" },
    good: (root) => root.stub("ss", "echo LISTEN"),
    faults: [
      ["one is silent", (root) => root.stub("ss", '[[ "$*" == *8000* ]] || echo LISTEN'), /port 8000/],
    ],
  },
  {
    script: "firewall",
    good: async (root) => {
      await ends("opt/honeypot/scripts/firewall.sh", 0)(root);
      // As long as the rules of a real firewall, or longer.
      await root.stub("nft", "echo 'policy drop;'; head -c 1000000 /dev/zero | tr '\\0' '\\n'");
    },
    faults: [
      ["the rules differ", ends("opt/honeypot/scripts/firewall.sh", 1), /not loaded/],
      ["IPv6 is open", (root) => root.stub("nft", "exit 1"), /IPv6/],
    ],
  },
  {
    script: "capture-runs",
    values: { options: "--snapshot-length=65535 -G:86400 -C:512", interface: "auto" },
    good: (root) => capture(root, tcpdump),
    faults: [
      ["it is not running", (root) => capture(root, tcpdump, "0"), /not running/],
      [
        "another length",
        (root) =>
          capture(
            root,
            tcpdump.map((word) => word.replace("65535", "96")),
          ),
        /snapshot-length=65535/,
      ],
      ["it is root's", (root) => root.stub("stat", "echo root"), /as root/],
    ],
  },
  {
    script: "capture-excludes",
    values: { filters: "tcp and port 12222;host OWN and port 443" },
    good: async (root) => {
      await route(root);
      await root.write(`${dumps}/a.pcap`, pcapOf([packet]));
    },
    faults: [
      [
        "a session of the admin",
        (root) => root.write(`${dumps}/b.pcap1`, pcapOf([{ ...packet, toPort: 12_222 }])),
        /b\.pcap1 has packets of tcp and port 12222/,
      ],
      [
        "a session of its own",
        (root) =>
          root.write(
            `${dumps}/b.pcap`,
            pcapOf([{ ...packet, to: "192.0.2.1", from: "10.0.2.15", toPort: 443 }]),
          ),
        /host 10\.0\.2\.15/,
      ],
      ["a file that is no capture", (root) => root.write(`${dumps}/c.pcap`, "nothing"), /cannot read/],
      ["no file", (root) => execute("rm", [root.path(`${dumps}/a.pcap`)]), /no captured file/],
    ],
  },
  {
    script: "collection",
    good: async (root) => {
      await ends("opt/honeypot/scripts/collect.sh", 0)(root);
      await root.write(`${state}/collect.last`, "1700000000 ok done\n");
    },
    faults: [["it fails", ends("opt/honeypot/scripts/collect.sh", 1), /exit code 1/]],
  },
  {
    script: "clones",
    values: { repositories: `one ${url} ${commit} two ${url} ${commit}` },
    good: git(commit, commit),
    faults: [
      ["another commit", git(commit.replace("0", "f"), commit), /src\/one is at f123/],
      ["another ref", git(commit, "main"), /src\/one is of \S+, main$/],
      ["changed files", git(commit, commit, false), /other files than 0123/],
      ["no clone", (root) => root.stub("git", "exit 128"), /has no commit/],
    ],
  },
  {
    script: "clones",
    values: { repositories: `one ${url} V100` },
    good: git(commit, "V100"),
    faults: [["another tag", git(commit, "V99"), /V99/]],
  },
  {
    script: "report",
    values: {
      tool: "cowrieprocessor",
      log: "cowrie",
      counted: "sessions",
      files: "*_day_report.txt cowrieprocessor.sqlite",
    },
    good: async (root) => {
      await root.write("var/log/honeypot/cowrie/cowrie_2026-11-28.json", '{"session":"a"}\n');
      await analysis("2 sessions")(root);
    },
    faults: [
      ["it fails", analysis("2 sessions", "exit 1"), /exit code 1: 1 of 1 days/],
      ["no session", analysis("0 sessions, 3 lines skipped"), /found no sessions: .*3 lines skipped/],
      ["an empty file", analysis("2 sessions", "touch a_1_day_report.txt"), /no file \*_day_report\.txt/],
      [
        "a file is missing",
        analysis("2 sessions", "echo x >a_1_day_report.txt"),
        /no file cowrieprocessor\.sqlite/,
      ],
      [
        "the files of another run",
        async (root) => {
          for (const name of ["a_1_day_report.txt", "cowrieprocessor.sqlite"]) {
            await root.write(`${reported}/${name}`, "x");
            await utimes(root.path(`${reported}/${name}`), 1, 1);
          }
          await analysis("2 sessions", ":")(root);
        },
        /no file \*_day_report\.txt/,
      ],
      [
        "no log",
        (root) => execute("rm", [root.path("var/log/honeypot/cowrie/cowrie_2026-11-28.json")]),
        /no collected log/,
      ],
    ],
  },
  {
    script: "backup",
    values: { sets: "crontabs" },
    good: async (root) => {
      await root.stub("systemctl", "");
      for (const name of ["retention", "backup"]) await ends(`opt/honeypot/scripts/${name}.sh`, 0)(root);
      await root.write(`${backups}/a_crontabs_1.zip`, "x");
      const { stdout } = await execute("env", ["-C", root.path(backups), "sha256sum", "a_crontabs_1.zip"]);
      await root.write(`${backups}/a_crontabs_1.zip.sha256`, stdout);
    },
    faults: [
      ["an archive was changed", (root) => root.write(`${backups}/a_crontabs_1.zip`, "y"), /checksum/],
      [
        "another set",
        (root) =>
          execute("mv", [
            root.path(`${backups}/a_crontabs_1.zip.sha256`),
            root.path(`${backups}/a_home_1.zip.sha256`),
          ]),
        /no archive of the set crontabs/,
      ],
      [
        "no archive",
        (root) => execute("rm", [root.path(`${backups}/a_crontabs_1.zip.sha256`)]),
        /no archive in/,
      ],
      ["it fails", ends("opt/honeypot/scripts/backup.sh", 1), /backup\.sh ends with exit code 1/],
      ["retention fails", ends("opt/honeypot/scripts/retention.sh", 1), /retention\.sh ends/],
    ],
  },
  ...(["zip", "7z"] as const).map(
    (format): Case => ({
      script: "backup-password",
      values: { format },
      good: async (root) => {
        await password(root);
        await archive(root, `a_dumps_1.${format}`, format === "7z" ? ["-mhe=on"] : ["-mem=ZipCrypto"]);
      },
      faults: [
        ["another password", (root) => archive(root, `b_dumps_1.${format}`, [], "another"), /does not open/],
        [
          "no password",
          (root) => execute("7zz", ["a", root.path(`${backups}/b_dumps_1.${format}`), root.path("tmp/var")]),
          /another password/,
        ],
        [
          "no archive",
          (root) => execute("rm", [root.path(`${backups}/a_dumps_1.${format}`)]),
          /no (zip|7z) archive/,
        ],
      ],
    }),
  ),
  {
    script: "backup-recipients",
    values: { recipients: "2" },
    good: (root) => root.write(`${backups}/a_dumps_1.tar.zst.age`, recipient("X25519", "ssh-ed25519")),
    faults: [
      [
        "a recipient is missing",
        (root) => root.write(`${backups}/a_dumps_1.tar.zst.age`, recipient("X25519")),
        /1 recipients/,
      ],
      [
        "it is not encrypted",
        (root) => root.write(`${backups}/b.tar.zst.age`, "(/\xb5/\xfd"),
        /not encrypted/,
      ],
      [
        "no archive",
        (root) => execute("rm", [root.path(`${backups}/a_dumps_1.tar.zst.age`)]),
        /no encrypted archive/,
      ],
    ],
  },
  {
    script: "transfer",
    good: async (root) => {
      await ends("opt/honeypot/scripts/transfer.sh", 0)(root);
      await root.write(`${state}/transfer.last`, "1700000000 ok sent 1 archives\n");
    },
    faults: [["it fails", ends("opt/honeypot/scripts/transfer.sh", 1), /exit code 1: sent/]],
  },
  {
    script: "notify",
    good: async (root) => {
      await root.stub("systemctl", "");
      await root.stub("honeypot-status", "echo 'webhook: sent'");
    },
    faults: [["the check fails", (root) => root.stub("systemctl", "exit 1"), /honeypot-health/]],
  },
  {
    script: "siem",
    good: (root) => root.stub("systemctl", ""),
    faults: [["it does not run", (root) => root.stub("systemctl", "exit 3"), /not running/]],
  },
  {
    script: "metrics",
    values: { port: "19100" },
    good: async (root) => {
      await root.stub("ss", `echo 'LISTEN *:19100 users:(("prometheus-node",pid=1,fd=3))'`);
      await root.stub("systemctl", "");
      await root.write("run/honeypot-metrics/honeypot.prom", "honeypot_healthy 1\n");
    },
    faults: [
      [
        "another program listens",
        (root) => root.stub("ss", `echo 'LISTEN *:19100 users:(("nc",pid=1,fd=3))'`),
        /does not listen/,
      ],
      ["no measurement", (root) => root.write("run/honeypot-metrics/honeypot.prom", ""), /honeypot_healthy/],
    ],
  },
  {
    script: "stranger",
    values: { address: "203.0.113.9", closed: "12222", control: "2222" },
    good: async (root) => {
      for (const command of ["modprobe", "tc", "sleep"]) await root.stub(command, "");
      await root.stub(
        "ip",
        '[[ "$*" != *route* ]] || echo "default via 10.0.2.2 dev eth0"; [[ "$*" != netns\\ exec* || "$*" == *\\ 2222\\ 203.0.113.1 ]]',
      );
    },
    faults: [
      [
        "everything is open",
        (root) => root.stub("ip", '[[ "$*" != *route* ]] || echo "default via 10.0.2.2 dev eth0"'),
        /reaches port 12222$/,
      ],
      [
        "nothing arrives",
        (root) => root.stub("ip", '[[ "$*" != netns\\ exec* ]]'),
        /not even reach port 2222/,
      ],
      [
        "the kernel lacks a module",
        (root) => root.stub("modprobe", "echo 'no module veth' >&2; exit 1"),
        /no module veth/,
      ],
    ],
  },
  {
    script: "captured",
    values: { filter: "src host 10.0.2.2 and dst port 22" },
    good: (root) => root.write(`${dumps}/a.pcap`, pcapOf([packet, packet])),
    faults: [
      [
        "another port",
        (root) => root.write(`${dumps}/a.pcap`, pcapOf([{ ...packet, toPort: 23 }])),
        /no packet/,
      ],
      ["a broken file", (root) => root.write(`${dumps}/a.pcap`, "2 packets"), /no packet/],
    ],
  },
  {
    script: "logged",
    values: { account: "root", files: "/srv/log/a.json /srv/log/a.json.*", word: "ssh-1f" },
    good: (root) => root.write("srv/log/a.json", '{"eventid":"x"}\n{"username":"ssh-1f"}\n'),
    faults: [
      [
        "another visitor",
        (root) => root.write("srv/log/a.json", '{"username":"ssh-2f"}\n'),
        /not in \/srv\/log\/a\.json/,
      ],
      [
        "a name that looks like an answer",
        async (root) => {
          await execute("rm", [root.path("srv/log/a.json")]);
          await root.write("srv/log/a.json.\nseen\tx", "nothing");
        },
        /not in/,
      ],
      ["no such account", (root) => root.stub("id", "exit 1"), /no account root/],
    ],
  },
  {
    script: "filtered",
    values: { source: "10.0.2.2", ports: "22 80" },
    good: (root) =>
      root.write(
        "var/log/dshield.log",
        "1 host kernel: DSHIELDINPUT IN=eth0 SRC=10.0.2.2 DST=10.0.2.15 PROTO=TCP SPT=1 DPT=80 WINDOW=1\n",
      ),
    faults: [
      [
        "another source",
        (root) =>
          root.write("var/log/dshield.log", "1 kernel: DSHIELDINPUT IN=eth0 SRC=10.0.212 DST=1 DPT=80 W\n"),
        /no line/,
      ],
      [
        "another port",
        (root) =>
          root.write("var/log/dshield.log", "1 kernel: DSHIELDINPUT IN=eth0 SRC=10.0.2.2 DST=1 DPT=8080 W\n"),
        /no line/,
      ],
      ["no log", (root) => execute("rm", [root.path("var/log/dshield.log")]), /no line/],
    ],
  },
  {
    script: "collected",
    values: { folder: "cowrie", expression: "ssh-1f" },
    good: (root) => root.write("var/log/honeypot/cowrie/cowrie_2026-11-28.json", "\nssh-1f\n"),
    faults: [
      [
        "another line",
        (root) => root.write("var/log/honeypot/cowrie/cowrie_2026-11-28.json", "ssh-2f\n"),
        /not in/,
      ],
      [
        "a name that looks like an answer",
        (root) =>
          execute("mv", [
            root.path("var/log/honeypot/cowrie/cowrie_2026-11-28.json"),
            root.path("var/log/honeypot/seen_x"),
          ]),
        /not in/,
      ],
    ],
  },
  {
    script: "archived",
    values: { format: "zip", filter: "src host 10.0.2.2 and dst port 22" },
    good: async (root) => {
      await password(root);
      await archive(root, "a_dumps_1.zip", []);
    },
    faults: [
      [
        "another password",
        (root) => root.write("etc/honeypot/secrets/backup_password", "another\n"),
        /no packet/,
      ],
      ["no archive", (root) => execute("rm", [root.path(`${backups}/a_dumps_1.zip`)]), /no packet/],
    ],
  },
];

test("every script has a case", () => {
  const names = readdirSync(join(packageRoot(), "observe")).filter(
    (name) => name.endsWith(".sh") && name !== "answer.sh",
  );
  assert.equal([...new Set(cases.map(({ script }) => `${script}.sh`))].sort(), names.sort());
});

for (const { script, values = {}, good, faults } of cases) {
  const told = Object.values(values).join(" ");
  run(test, `${script} (${told}) sees what it looks for`, () =>
    withRoot(async (root) => {
      await good(root);
      const found = await ask(guestOf(root), script, values);
      assert.ok(found.observed, found.evidence);
      assert.not.match(found.evidence, root.root);
    }),
  );
  for (const [name, plant, says] of faults)
    run(test, `${script} (${told}) does not: ${name}`, () =>
      withRoot(async (root) => {
        await good(root);
        await plant(root);
        const found = await ask(guestOf(root), script, values);
        assert.not(found.observed, found.evidence);
        assert.match(found.evidence, says);
      }),
    );
}

for (const { script, values = {}, good } of cases)
  run(test, `${script} (${Object.values(values).join(" ")}) runs no command of a value`, () =>
    withRoot(async (root) => {
      await good(root);
      const command = `touch ${root.path("added")}`;
      // The first is a number to bash.
      const hostile = [`PATH[$(${command})]`, `"; ${command}; \`${command}\`; ' ; ${command} ;`];
      for (const name of Object.keys(values))
        for (const value of hostile) {
          await ask(guestOf(root), script, { ...values, [name]: value });
          assert.not(existsSync(root.path("added")), `${name}: ${value}`);
        }
    }),
  );

for (const said of ["2 sessions", "0 sessions"])
  run(test, `report removes its copy of the log after ${said}`, () =>
    withRoot(async (root) => {
      await root.write("var/log/honeypot/cowrie/cowrie_2026-11-28.json", '{"session":"a"}\n');
      await analysis(said)(root);
      const values = {
        tool: "cowrieprocessor",
        log: "cowrie",
        counted: "sessions",
        files: "*_day_report.txt",
      };
      assert.is((await ask(guestOf(root), "report", values)).observed, said === "2 sessions");
      assert.equal(readdirSync(root.path("var/log/honeypot/cowrie")), ["cowrie_2026-11-28.json"]);
    }),
  );

run(test, "report waits for another run of the tool, and reads the logs of finished days", () =>
  withRoot(async (root) => {
    await writeFile(
      root.path("var/log/honeypot/cowrie/cowrie_2026-11-27.json.gz"),
      gzipSync('{"session":"a"}\n'),
    );
    await analysis("2 sessions")(root);
    const program = await root.read("opt/honeypot/scripts/analyse.sh");
    const busy = 'cd "$HONEYPOT_ROOT"; if [[ ! -e tmp/ran ]]; then touch tmp/ran; exit 75; fi\n';
    await root.write("opt/honeypot/scripts/analyse.sh", program.replace("set -e\n", busy), { mode: 0o755 });
    const values = { tool: "cowrieprocessor", log: "cowrie", counted: "sessions", files: "*_day_report.txt" };
    const found = await ask(guestOf(root), "report", values);
    assert.ok(found.observed, found.evidence);
  }),
);

run(test, "logged finds only files whose names the account can read", () =>
  withRoot(async (root) => {
    // Only root can enter the scratch root.
    await root.write("srv/log/a.json.1", "ssh-1f\n");
    const values = { account: "nobody", files: "/srv/log/a.json.*", word: "ssh-1f" };
    const found = await ask(guestOf(root), "logged", values);
    assert.not(found.observed);
    assert.is(found.evidence, "not in /srv/log/a.json.*");
  }),
);

for (const [name, stdout, code] of [
  ["two lines", "seen\ta\nseen\tb\n", 0],
  ["a control character", "seen\ta\u001b[2J\n", 0],
  ["no line", "", 0],
  ["a line before it", "x\nseen\ta\n", 0],
  ["a failure after it", "seen\ta\n", 1],
  ["a long line", `seen\t${"a".repeat(400)}\n`, 0],
] as const)
  test(`does not believe an answer with ${name}`, async () => {
    const guest: Guest = {
      port: () => 0,
      run: async () => ({ code, stdout: Buffer.from(stdout), stderr: "" }),
    };
    assert.not((await ask(guest, "siem")).observed);
  });

test("a value is never a part of the program", async () => {
  let text = "";
  const guest: Guest = {
    port: () => 0,
    run: async (script) => {
      text = script;
      return { code: 0, stdout: Buffer.from(""), stderr: "" };
    },
  };
  await ask(guest, "siem", { word: '"; touch /tmp/x; $(touch /tmp/y) `touch /tmp/z`' });
  assert.ok(text.includes('word="\\"; touch /tmp/x; \\$(touch /tmp/y) \\`touch /tmp/z\\`"\n'), text);
});

test.run();

/** The part of a scratch root that these scripts need, without the sensor's own programs. */
type Root = Pick<ScratchRoot, "root" | "path" | "write" | "read" | "stub">;

async function withRoot(work: (root: Root) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-trial-"));
  const path = (onSensor: string) => join(folder, onSensor);
  const write: Root["write"] = async (onSensor, content, { mode } = {}) => {
    await mkdir(dirname(path(onSensor)), { recursive: true });
    await writeFile(path(onSensor), content, { mode: mode ?? 0o644 });
    return path(onSensor);
  };
  try {
    for (const each of ["etc", "run", "srv/log", "tmp", backups, dumps, "var/log/honeypot/cowrie"])
      await mkdir(path(each), { recursive: true });
    await write("etc/default/honeypot", 'CAPTURE_KEEP_DAYS="14"\nDISK_MAX_USED_PERCENT="85"\n');
    await work({
      root: folder,
      path,
      write,
      read: (onSensor) => readFile(path(onSensor), "utf8"),
      stub: async (command, body) => {
        await write(`stubs/${command}`, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
      },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function guestOf(root: Root): Guest {
  return {
    port: () => 0,
    run: async (script) => {
      await root.write("script", `set -euo pipefail\n${script}`);
      const user = await root.read("sudo-user").catch(() => "");
      const PATH = `${root.path("stubs")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
      const environment = { PATH, HONEYPOT_ROOT: root.root, LC_ALL: "C", SUDO_USER: user };
      const { code, stdout, stderr } = await execute("bash", [root.path("script")], environment);
      return { code, stdout: Buffer.from(stdout), stderr };
    },
  };
}
