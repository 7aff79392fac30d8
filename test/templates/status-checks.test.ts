import { readdir, readFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

// The checks that are a file each, with stand-ins for the tools that they ask.

const checks = suite("honeypot-status: single checks");
const test = needs("ss");
const state = "var/lib/honeypot/state";
const folder = "usr/local/lib/honeypot/status";
const gigabyte = 1e9;

type Check = {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next: string;
};
type Case = readonly [
  name: string,
  file: string,
  arrange: (scratch: ScratchRoot) => Promise<unknown>,
  found: readonly [name: string, status: string, message: string | RegExp, next: string | RegExp] | undefined,
];

const timesync = (offset: string): string =>
  `case "$*" in timesync-status) echo "       Offset: ${offset}" ;; *NTPSynchronized*) echo yes ;; esac`;

const cases: readonly Case[] = [
  [
    "a reverted apply",
    "apply.sh",
    (s) =>
      s.write(
        `${state}/apply.last`,
        `${seconds() - 7200} failed reverted: no new login confirmed the change\n`,
      ),
    [
      "apply",
      "bad",
      "the last apply failed 2 hours ago: reverted: no new login confirmed the change",
      "on your own machine: sensorbake apply FILE --sensor attic-pi",
    ],
  ],
  [
    "an apply that worked",
    "apply.sh",
    (s) => s.write(`${state}/apply.last`, `${seconds()} ok done\n`),
    undefined,
  ],
  [
    "a clock that is wrong by minutes",
    "clock.sh",
    (s) => s.stub("timedatectl", timesync("+1min 30.5s")),
    ["clock", "bad", "differs from the time server by 1min", "timedatectl"],
  ],
  [
    "a clock that is wrong by months",
    "clock.sh",
    (s) => s.stub("timedatectl", timesync("-3month 4d")),
    ["clock", "bad", "differs from the time server by 3month", "timedatectl"],
  ],
  [
    "a clock that is wrong by seconds",
    "clock.sh",
    (s) => s.stub("timedatectl", timesync("-59.9s")),
    undefined,
  ],
  [
    "a clock that is wrong by milliseconds",
    "clock.sh",
    (s) => s.stub("timedatectl", timesync("+123ms")),
    undefined,
  ],
  [
    "a clock without a time server",
    "clock.sh",
    (s) => s.stub("timedatectl", "case $* in *NTPSynchronized*) echo no ;; esac"),
    ["clock", "note", "not synchronised with a time server", "timedatectl"],
  ],
  [
    "a clock that chrony finds wrong",
    "clock.sh",
    async (s) => [await chrony(s, "-61.5"), await s.stub("timedatectl", "echo yes")],
    ["clock", "bad", "differs from the time server by 61", "timedatectl"],
  ],
  [
    "a clock that chrony finds right",
    "clock.sh",
    async (s) => [await chrony(s, "0.000012"), await s.stub("timedatectl", "echo yes")],
    undefined,
  ],
  [
    "a program that listens",
    "listeners.sh",
    (s) =>
      listening(
        s,
        '127.0.0.1:631 users:(("cupsd",pid=1,fd=4))',
        "[::1]:25",
        "*:12222",
        "0.0.0.0:2222",
        '0.0.0.0:4444 users:(("nc\u001b",pid=9,fd=3))',
        '[::]:4444 users:(("nc\u001b",pid=9,fd=4))',
        "*:9100",
      ),
    [
      "listeners",
      "note",
      "programs listen on ports that the sensor does not use: 4444 (nc ), 9100",
      "sudo ss -ltnp",
    ],
  ],
  [
    "programs of the sensor only",
    "listeners.sh",
    (s) => listening(s, "*:12222", "0.0.0.0:8443", "0.0.0.0:5355"),
    undefined,
  ],
  [
    "captures that fill the disk",
    "space.sh",
    (s) => captures(s, { freeGigabytes: 20, days: 3 }),
    [
      "disk space",
      "note",
      /^full in 9 days at 2\d{3} MB a day; captures are then deleted before 14 days$/,
      /capture\.keep_days/,
    ],
  ],
  [
    "more captures than a pipe holds the times of",
    "space.sh",
    async (s) => [
      await captures(s, { freeGigabytes: 200, days: 3 }),
      await execute("bash", ["-c", `touch ${s.path("var/lib/honeypot/dumps")}/many-{1..20000}.pcap`]),
    ],
    undefined,
  ],
  ["captures that find room", "space.sh", (s) => captures(s, { freeGigabytes: 200, days: 3 }), undefined],
  [
    "captures that are deleted by age",
    "space.sh",
    (s) => captures(s, { freeGigabytes: 20, days: 15 }),
    undefined,
  ],
  [
    "missing security updates",
    "updates.sh",
    async (s) => [await s.write("var/cache/apt/pkgcache.bin", ""), await upgradable(s)],
    ["updates", "note", "security updates are missing: libgcrypt20 openssl", "sudo apt-get dist-upgrade"],
  ],
  [
    "updates that root found before, without asking apt again",
    "updates.sh",
    async (s) => [
      await s.write("var/cache/apt/pkgcache.bin", "", { ageHours: 2 }),
      await s.write("var/lib/honeypot/state/updates", "openssl\n"),
      await s.stub("apt-get", "echo 'Inst libgcrypt20 [1] (2 Debian-Security:13 [amd64])'"),
    ],
    ["updates", "note", "security updates are missing: openssl", "sudo apt-get dist-upgrade"],
  ],
  [
    "a pending reboot",
    "updates.sh",
    async (s) => [await s.stub("apt-get", ":"), await s.write("run/reboot-required", "")],
    ["reboot", "note", "an update needs it", "sudo reboot"],
  ],
  [
    "an apt that fails",
    "updates.sh",
    async (s) => [await s.write("var/cache/apt/pkgcache.bin", ""), await s.stub("apt-get", "exit 100")],
    undefined,
  ],
  ["no update", "updates.sh", (s) => s.stub("apt-get", ":"), undefined],
  [
    "a SIEM certificate that expires",
    "siem.sh",
    (s) => certificate(s, 13),
    [
      "siem certificate",
      "note",
      "siem.ca expires within 14 days, or has expired",
      /sensorbake apply FILE --sensor attic-pi$/,
    ],
  ],
  ["a SIEM certificate that lasts", "siem.sh", (s) => certificate(s, 20), undefined],
];

for (const [name, file, arrange, found] of cases)
  test(checks, `${found === undefined ? "says nothing about" : "reports"} ${name}`, () =>
    withSensor(async (scratch) => {
      await scratch.lay(`${folder}/${file}`);
      await arrange(scratch);
      const { stdout } = await scratch.run("usr/local/bin/honeypot-status", ["--json"]);
      const report: { readonly checks: readonly Check[] } = JSON.parse(stdout);
      const others = ["siem", "first boot"];
      const shown = report.checks.filter(
        (check) => !general.includes(check.name) && !others.includes(check.name),
      );
      if (found === undefined) {
        assert.equal(shown, []);
        return;
      }
      const [check, status, message, next] = found;
      assert.equal(
        shown.map((one) => [one.name, one.status]),
        [[check, status]],
      );
      assert.match(shown[0]?.message ?? "", message);
      assert.match(shown[0]?.next ?? "", next);
      const words = (await scratch.run("usr/local/bin/honeypot-status")).stdout;
      assert.match(words, `next: ${shown[0]?.next}\n`);
    }),
  );

test(checks, "reports a first boot whose step does not end", () =>
  withSensor(async (scratch) => {
    await execute("rm", [scratch.path(`${state}/first-boot.done`)]);
    await scratch.write(`${state}/first-boot.last`, `${seconds() - 7 * 3600} running 50-dshield\n`);
    const { stdout } = await scratch.run("usr/local/bin/honeypot-status");
    assert.match(stdout, "\n!! first boot      50-dshield began 7 hours ago and has not ended\n");
    await scratch.write(`${state}/first-boot.last`, `${seconds() - 5 * 3600} running 50-dshield\n`);
    assert.match(
      (await scratch.run("usr/local/bin/honeypot-status")).stdout,
      "\n.. first boot      running 50-dshield\n",
    );
  }),
);

checks("docs/troubleshooting.md has an entry for each check", async () => {
  const page = await readFile("docs/troubleshooting.md", "utf8");
  const headings = page
    .split("\n")
    .filter((line) => line.startsWith("### "))
    .map((line) => line.slice(4));
  const files = (await readdir(`templates/${folder}`)).map((name) => `${folder}/${name}`);
  const named = new Set([
    "cowrieprocessor",
    "json_log_country",
    "cowrie",
    "web-honeypot",
    "rsyslog",
    "port",
    "notify",
  ]);
  for (const file of ["usr/local/bin/honeypot-status", ...files])
    for (const [, quoted, bare] of (await readFile(`templates/${file}`, "utf8")).matchAll(
      /(?:\badd|\bcheck_task \S+) (?:"([^"$]+)"|([a-z]+)) (?:bad|note|good|waiting|\d|"\$)/g,
    ))
      named.add(quoted ?? bare ?? "");
  assert.ok(named.size > 30, String(named.size));
  for (const name of named)
    assert.ok(
      headings.includes(name),
      `docs/troubleshooting.md lacks "### ${name}": explain this check there`,
    );
  for (const name of headings)
    assert.ok(named.has(name), `docs/troubleshooting.md has "### ${name}", which is no check: remove it`);
  assert.equal([...headings].sort(), [...named].sort());
});

checks.run();

/** The checks of every sensor, whose results are those of {@link withSensor}. */
const general = ["capture", "log collection", "backup", "disk", "admin access", "cron"];

async function withSensor(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const scratch = await makeScratchRoot({ DISK_MAX_USED_PERCENT: "101" });
  try {
    await scratch.stub("systemctl", '[[ "$*" != *chrony* || -e "$HONEYPOT_ROOT/chrony" ]]');
    await scratch.stub("nft", ":");
    await scratch.write(`${state}/first-boot.done`, "");
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

async function chrony(scratch: ScratchRoot, offset: string): Promise<void> {
  await scratch.write("chrony", "");
  await scratch.stub("chronyc", `echo 'C0000201,192.0.2.1,3,1795817593.78,${offset},0.1,0.2'`);
}

// journalctl prints the line only if tcpdump was asked for it.
async function listening(scratch: ScratchRoot, ...sockets: readonly string[]): Promise<void> {
  const lines = sockets.map((socket) => {
    const [address = "", users = ""] = socket.split(" ");
    return `LISTEN 0 128 ${address} 0.0.0.0:* ${users}`;
  });
  await scratch.write("sockets", `${lines.join("\n")}\n`);
  await scratch.stub("ss", '[[ "$*" != -Hltnp ]] || cat -- "$HONEYPOT_ROOT/sockets"');
}

/** A capture of two gigabytes for each of the last days, on a disk that may be used up to the given room. */
async function captures(
  scratch: ScratchRoot,
  { freeGigabytes, days }: { readonly freeGigabytes: number; readonly days: number },
): Promise<void> {
  await scratch.configure({ DISK_MAX_USED_PERCENT: "100" });
  for (let day = 0; day <= days; day++) {
    const file = await scratch.write(`var/lib/honeypot/dumps/${day}.pcap`, "");
    await execute("truncate", ["--size=2G", file]);
    await execute("touch", [`--date=@${seconds() - day * 86_400 - 60}`, file]);
  }
  const used = 100 * gigabyte;
  await scratch.stub(
    "df",
    `case "$*" in *avail*) printf 'Used Avail\\n%s %s\\n' ${used} ${freeGigabytes * gigabyte} ;; *) printf 'Use%% IUse%%\\n 10%% -\\n' ;; esac`,
  );
}

async function upgradable(scratch: ScratchRoot): Promise<void> {
  const lines = [
    "NOTE: This is only a simulation!",
    "Inst base-files [12.4] (12.4+u15 Debian:12.15/stable [amd64])",
    "Inst libgcrypt20 [1.10] (1.10+u1 Debian:12.15/stable, Debian-Security:12/stable-security [amd64])",
    "Inst openssl [3.0] (3.1 Ubuntu:24.04/noble-security [amd64])",
    "Conf openssl (3.1 Ubuntu:24.04/noble-security [amd64])",
  ];
  await scratch.write("simulated", `${lines.join("\n")}\n`);
  await scratch.stub("apt-get", '[[ "$*" != *--simulate* ]] || cat -- "$HONEYPOT_ROOT/simulated"');
}

async function certificate(scratch: ScratchRoot, days: number): Promise<void> {
  await scratch.stub("journalctl", ":");
  const words = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=siem", "-days", String(days)];
  const target = scratch.path("etc/honeypot/secrets/siem_ca");
  const { code, stderr } = await execute("openssl", [...words, "-keyout", "/dev/null", "-out", target]);
  assert.is(code, 0, stderr);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
