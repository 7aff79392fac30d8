// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { readdir, rm, utimes } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";
import { systemctlStub } from "../support/systemctl-stub.ts";

// Each fault is planted alone on a sensor that is well otherwise, and the next honeypot-status names it, with advice.
// planted-links.test.ts has the faults that only time shows.

const planted = suite("planted faults");
const test = needs("ss", "sftp", "root");
const state = "var/lib/honeypot/state";

type Fault = readonly [
  fault: string,
  plant: (scratch: ScratchRoot) => Promise<unknown>,
  check: string,
  status: "bad" | "note" | "waiting",
  message: RegExp,
];

const faults: readonly Fault[] = [
  ["a wrong clock", (s) => s.stub("timedatectl", clock("+7min 3s")), "clock", "bad", /by 7min$/],
  [
    "a clock without a time server",
    (s) => s.stub("timedatectl", "[[ $* != *Synchronized* ]] || echo no"),
    "clock",
    "note",
    /not synchronised/,
  ],
  ["a full disk", (s) => s.stub("df", "printf 'Use%% IUse%%\\n 99%% 1%%\\n'"), "disk", "bad", /^99% used/],
  [
    "no free inodes",
    (s) => s.stub("df", "printf 'Use%% IUse%%\\n 9%% 97%%\\n'"),
    "disk files",
    "bad",
    /97% of its inodes/,
  ],
  [
    "a capture that has stopped",
    (s) => s.write("inactive-honeypot-capture", ""),
    "capture",
    "bad",
    /^not running$/,
  ],
  [
    "a capture on an interface that does not exist",
    async (s) => [
      await s.write("inactive-honeypot-capture", ""),
      await last(s, "capture", "failed interface eth9 is not up"),
    ],
    "capture",
    "bad",
    /eth9 is not up/,
  ],
  [
    "a capture filter that does not compile",
    async (s) => [
      await s.write("inactive-honeypot-capture", ""),
      await last(s, "capture", "failed filter does not compile: syntax error"),
    ],
    "capture",
    "bad",
    /does not compile/,
  ],
  [
    "firewall rules that are not loaded",
    (s) =>
      s.write("opt/honeypot/scripts/firewall.sh", "#!/bin/bash\nprintf '%s' '-A INPUT -i eth0'\nexit 1\n"),
    "firewall",
    "bad",
    /^not loaded: -A INPUT/,
  ],
  [
    "flushed rules of the admin port",
    (s) => s.stub("nft", "exit 1"),
    "admin access",
    "bad",
    /are not loaded$/,
  ],
  [
    "changed rules for outgoing traffic",
    (s) => s.write("opt/honeypot/scripts/egress.sh", "#!/bin/bash\nexit 1\n"),
    "egress",
    "bad",
    /missing or changed/,
  ],
  [
    "an sshd that does not listen",
    (s) => s.write("closed-12222", ""),
    "admin access",
    "bad",
    /does not listen/,
  ],
  ["a port that no service has", (s) => s.write("closed-2222", ""), "port 2222", "bad", /no service listens/],
  [
    "a service that has ended",
    (s) => s.write("inactive-web-honeypot", ""),
    "web-honeypot",
    "bad",
    /not running/,
  ],
  ["a rsyslog that has ended", (s) => s.write("inactive-rsyslog", ""), "rsyslog", "bad", /not running/],
  ["a stopped cron", (s) => s.write("inactive-cron", ""), "cron", "bad", /not running/],
  [
    "a stopped timer",
    (s) => s.write("inactive-honeypot-collect.timer", ""),
    "timers",
    "bad",
    /honeypot-collect.timer is not running/,
  ],
  [
    "an exporter that has ended",
    (s) => s.write("inactive-prometheus-node-exporter", ""),
    "metrics",
    "bad",
    /is not running$/,
  ],
  [
    "cross-checks that do not run",
    (s) => utimes(s.path("run/honeypot/links.json"), 1e9, 1e9),
    "cross-checks",
    "bad",
    /have not run/,
  ],
  [
    "a deleted cron file",
    (s) => rm(s.path("etc/cron.d/honeypot")),
    "files",
    "bad",
    /missing: \/etc\/cron.d\/honeypot$/,
  ],
  [
    "a changed program of ours",
    (s) => s.write("opt/honeypot/scripts/backup.sh", "#!/bin/bash\n"),
    "files",
    "note",
    /changed by hand: \/opt\/honeypot\/scripts\/backup.sh$/,
  ],
  [
    "an unknown listener",
    (s) => s.write("listening", 'LISTEN 0 9 0.0.0.0:4444 0.0.0.0:* users:(("nc",pid=9,fd=3))\n'),
    "listeners",
    "note",
    /4444 \(nc\)/,
  ],
  [
    "a key that the backup server refuses",
    (s) => last(s, "transfer", "failed 192.0.2.7 refuses the key of sensor"),
    "transfer",
    "bad",
    /refuses the key/,
  ],
  ["a dead backup server", deadServer, "transfer", "bad", /127.0.0.1.*(refused|lost)/i],
  [
    "a missing transfer key",
    (s) => rm(s.path("etc/honeypot/transfer_key.pub")),
    "transfer key",
    "bad",
    /^missing$/,
  ],
  [
    "a backup that was killed",
    (s) => s.write(`${state}/backup.running`, "999999999 x\n"),
    "backup",
    "bad",
    /killed/,
  ],
  [
    "an API key that DShield refuses",
    (s) => last(s, "dshield-key", "failed DShield refuses this API key"),
    "api key",
    "bad",
    /refuses/,
  ],
  [
    "a SIEM that does not answer",
    (s) => s.stub("journalctl", "echo 'Failed to connect to backoff'"),
    "siem",
    "bad",
    /unreachable/,
  ],
  ["a certificate that expires", (s) => certificate(s, 5), "siem certificate", "note", /14 days/],
  [
    "a first boot that does not end",
    async (s) => [
      await rm(s.path(`${state}/first-boot.done`)),
      await last(s, "first-boot", "running 50-dshield", 7 * 3600),
    ],
    "first boot",
    "bad",
    /has not ended$/,
  ],
  [
    "a change that was reverted",
    (s) => last(s, "apply", "failed reverted: no new login"),
    "apply",
    "bad",
    /reverted/,
  ],
  [
    "settings that bash cannot read",
    (s) => s.write("etc/default/honeypot", 'SENSOR_NAME="\n'),
    "settings",
    "bad",
    /is broken/,
  ],
];

const settings = {
  DSHIELD_TELNET: "true",
  DISK_MAX_USED_PERCENT: "98",
  EGRESS: "restricted",
  TRANSFER_HOST: "127.0.0.1",
  TRANSFER_PORT: "1",
  TRANSFER_USER: "sensor",
  TRANSFER_PATH: "/b",
  TRANSFER_LIMIT_KBIT: "0",
  TRANSFER_KEEP_DAYS: "0",
  TRANSFER_INTERVAL_SECONDS: "86400",
  TOOLS_INTERVALS: "cowrieprocessor 86400",
  METRICS_PORT: "19100",
  METRICS_ALLOW_FROM: "192.0.2.9/32",
};

test(planted, "a sensor without a fault is well", () =>
  withWell(async (scratch) => {
    const unwell = (await checksOf(scratch)).filter(({ status }) => status !== "good");
    assert.equal(unwell, []);
  }),
);

for (const [fault, plant, check, status, message] of faults)
  test(planted, `names ${fault} at once`, () =>
    withWell(async (scratch) => {
      await plant(scratch);
      const unwell = (await checksOf(scratch)).filter((one) => one.status !== "good");
      const one = unwell.find(({ name }) => name === check);
      assert.is(one?.status, status, JSON.stringify(unwell));
      assert.match(one?.message ?? "", message);
      for (const { name, next } of unwell) assert.ok(next !== "", `${name} has no advice`);
    }),
  );

planted.run();

type Check = {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next: string;
};

async function checksOf(scratch: ScratchRoot): Promise<readonly Check[]> {
  const { stdout, stderr } = await scratch.run("usr/local/bin/honeypot-status", ["--json"]);
  assert.is(stderr, "");
  return JSON.parse(stdout).checks;
}

async function withWell(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const scratch = await makeScratchRoot(settings);
  try {
    await makeWell(scratch);
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

/** Lays every check, stand-ins for the tools that they ask, and the results of tasks that have just worked. */
async function makeWell(scratch: ScratchRoot): Promise<void> {
  const checks = "usr/local/lib/honeypot/status";
  for (const name of await readdir(`templates/${checks}`)) await scratch.lay(`${checks}/${name}`);
  await scratch.stub("systemctl", systemctlStub);
  await scratch.stub("nft", ":");
  await scratch.stub("journalctl", ":");
  await scratch.stub("chronyc", "exit 1");
  await scratch.stub("timedatectl", clock("+12ms"));
  await scratch.stub(
    "df",
    "case $* in *avail*) printf 'Used Avail\\n1 100\\n' ;; *) printf 'Use%% IUse%%\\n 9%% 1%%\\n' ;; esac",
  );
  await scratch.stub(
    "ss",
    'case $* in -Hltnp) cat "$HONEYPOT_ROOT/listening" ;; *) all="$*"; [[ -e "$HONEYPOT_ROOT/closed-${all##*:}" ]] || echo LISTEN ;; esac',
  );
  await scratch.write("listening", "LISTEN 0 9 0.0.0.0:12222 0.0.0.0:*\n");
  for (const name of ["egress", "firewall"])
    await scratch.write(`opt/honeypot/scripts/${name}.sh`, "#!/bin/bash\n");
  for (const stamp of ["first-boot.done", "first-boot/60-services.done", "first-boot/80-reboot.done"])
    await scratch.write(`${state}/${stamp}`, "", { ageHours: 999 });
  for (const name of [
    "capture",
    "collect",
    "backup",
    "transfer",
    "egress",
    "firewall",
    "cowrieprocessor",
    "dshield-key",
  ])
    await last(scratch, name, "ok done");
  await scratch.write("etc/network/iptables", "");
  await scratch.write("etc/honeypot/transfer_key.pub", "ssh-ed25519 AAAA\n");
  await scratch.write("etc/cron.d/honeypot", "# jobs\n");
  await scratch.write("etc/systemd/system/honeypot-collect.timer", "");
  await scratch.write("var/lib/honeypot/dumps/now.pcap", "");
  await scratch.write("run/honeypot/links.json", "{}");
  const files = ["etc/cron.d/honeypot", "opt/honeypot/scripts/backup.sh"];
  const sums = await Promise.all(
    files.map(async (file) => `${sha256(await scratch.read(file))}  /${file}\n`),
  );
  await scratch.write("etc/honeypot/manifest", sums.join(""));
}

async function last(scratch: ScratchRoot, task: string, said: string, secondsAgo = 60): Promise<void> {
  await scratch.write(`${state}/${task}.last`, `${Math.floor(Date.now() / 1000) - secondsAgo} ${said}\n`);
}

function clock(offset: string): string {
  return `case "$*" in timesync-status) echo "       Offset: ${offset}" ;; *NTPSynchronized*) echo yes ;; esac`;
}

async function deadServer(scratch: ScratchRoot): Promise<void> {
  await scratch.run("opt/honeypot/scripts/transfer.sh", [], { environment: { transfer_pause_seconds: "0" } });
}

async function certificate(scratch: ScratchRoot, days: number): Promise<void> {
  const words = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=siem", "-days", String(days)];
  const target = scratch.path("etc/honeypot/secrets/siem_ca");
  const { code, stderr } = await execute("openssl", [...words, "-keyout", "/dev/null", "-out", target]);
  assert.is(code, 0, stderr);
}
