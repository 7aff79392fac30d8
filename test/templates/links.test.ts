import { mkdir, readdir, stat, symlink, utimes } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeRandom } from "../support/random.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const links = suite("links.py");
const test = needs("python3");
const state = "var/lib/honeypot/state";
const script = "opt/honeypot/scripts/links.sh";

test(links, "writes nothing to the disk while nothing changes", () =>
  withScratch(async (scratch) => {
    await scratch.write(`${state}/links.found`, "1000000000 cowrie\n");
    await scratch.run(script);
    const before = await times(scratch, state);
    assert.is(await scratch.read(`${state}/links.found`), "");
    assert.equal(await scratch.run(script), { code: 0, stdout: "", stderr: "" });
    assert.equal(await times(scratch, state), before);
  }),
);

test(links, "a part that fails is reported, and does not stop the others", () =>
  withScratch(async (scratch) => {
    await mkdir(scratch.path("etc/network/iptables"), { recursive: true });
    await scratch.write(`${state}/transferred.to`, "", { ageHours: 99 });
    await scratch.write("var/backups/honeypot/attic-pi_logs_2026-01-01_03-00-00.zip.sha256", "", {
      ageHours: 50,
    });
    // As on a full disk, the log cannot be written.
    await mkdir(scratch.path("var/log/honeypot/links.log"));
    await scratch.run(script);
    assert.match(await scratch.read(`${state}/links.last`), / failed traffic: IsADirectoryError\n$/);
    assert.match(await scratch.read(`${state}/links.found`), /^\d+ sent\n$/);
    await execute("rmdir", [scratch.path("etc/network/iptables")]);
    await scratch.run(script);
    assert.match(await scratch.read(`${state}/links.last`), / ok \n$/);
  }),
);

test(links, "files that retention deletes meanwhile are no failure", () =>
  withScratch(async (scratch) => {
    await scratch.write("var/log/honeypot/cowrie/cowrie_2026-01-01.json.gz", "", { ageHours: 50 });
    await scratch.write("var/backups/honeypot/a_logs_2026-01-01_03-00-00.zip.sha256", "", { ageHours: 50 });
    await scratch.write("run.py", deletingMeanwhile);
    const { code, stderr } = await execute("python3", ["-I", scratch.path("run.py")], scratch.environment);
    assert.is(code, 0, stderr);
    assert.not(await scratch.exists("var/backups/honeypot/a_logs_2026-01-01_03-00-00.zip.sha256"));
    assert.not(await scratch.exists(`${state}/links.last`));
  }),
);

// Deletes each file after it was listed.
const deletingMeanwhile = `
import os, sys
sys.path.insert(0, os.environ["HONEYPOT_ROOT"] + "/usr/local/lib/honeypot")
import links
def scandir(folder, scan=os.scandir):
    if not isinstance(folder, str):
        return scan(folder)
    entries = list(scan(folder))
    for entry in entries:
        if entry.is_file():
            os.unlink(entry.path)
    return entries
os.scandir = scandir
links.main()
`;

const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
const record = (captured: number, data: Buffer): Buffer => {
  const words = Buffer.alloc(16);
  words.writeUInt32LE(1_700_000_000, 0);
  words.writeUInt32LE(captured, 8);
  words.writeUInt32LE(captured, 12);
  return Buffer.concat([words, data]);
};
const random = makeRandom(17);
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));
const frame = (ip: Buffer): Buffer => Buffer.concat([Buffer.alloc(12), Buffer.from("0800", "hex"), ip]);

const hostileCaptures: readonly (readonly [name: string, content: Buffer])[] = [
  ["noise", noise(5000)],
  ["a header only", header],
  ["a part of a header", header.subarray(0, 10)],
  ["noise after a header", Buffer.concat([header, noise(5000)])],
  ["a record that claims four gigabytes", Buffer.concat([header, record(0xffff_ffff, noise(100))])],
  ["a record that claims more than there is", Buffer.concat([header, record(200_000, noise(100))])],
  [
    "empty records",
    Buffer.concat([header, ...Array.from({ length: 1000 }, () => record(0, Buffer.alloc(0)))]),
  ],
  [
    "short and odd packets",
    Buffer.concat([header, ...Array.from({ length: 500 }, (_, at) => record(at % 70, noise(at % 70)))]),
  ],
  [
    "packets with odd lengths of their headers",
    Buffer.concat([
      header,
      ...Array.from({ length: 256 }, (_, at) => {
        const ip = noise(60);
        ip.set([0x40 + (at % 16), 0, 0, 0, 0, 0, 0, 0, 64, 6]);
        return record(74, frame(ip));
      }),
    ]),
  ],
];

for (const [name, content] of hostileCaptures)
  test(links, `survives ${name} in a capture`, () =>
    withScratch(async (scratch) => {
      await scratch.write("var/lib/honeypot/dumps/a.pcap", content);
      assert.equal(await scratch.run(script, [], { timeoutSeconds: 20 }), {
        code: 0,
        stdout: "",
        stderr: "",
      });
      assert.not(await scratch.exists(`${state}/links.last`));
    }),
  );

test(links, "reads a limited part of a flood, and then continues with the newest capture", () =>
  withScratch(async (scratch) => {
    const packet = record(14, Buffer.alloc(14));
    await scratch.write(
      "var/lib/honeypot/dumps/a.pcap",
      Buffer.concat([header, ...Array.from({ length: 250_000 }, () => packet)]),
    );
    await scratch.run(script, [], { timeoutSeconds: 30 });
    const position = async () => JSON.parse(await scratch.read("run/honeypot/links.json")).position;
    assert.equal([(await position())[0], (await position())[2]], ["a.pcap", 24 + 100_000 * 30]);
    await scratch.write("var/lib/honeypot/dumps/b.pcap", Buffer.concat([header, packet]));
    await scratch.run(script);
    assert.equal([(await position())[0], (await position())[2]], ["b.pcap", 0]);
    await scratch.run(script);
    assert.equal([(await position())[0], (await position())[2]], ["b.pcap", 54]);
  }),
);

test(links, "a capture that a wrong clock has dated ahead does not end the comparison", () =>
  withScratch(async (scratch) => {
    await scratch.write("var/lib/honeypot/dumps/ahead.pcap", header, { ageHours: -720 });
    await scratch.write(
      "var/lib/honeypot/dumps/now.pcap",
      Buffer.concat([header, record(14, Buffer.alloc(14))]),
    );
    await scratch.run(script);
    const { position } = JSON.parse(await scratch.read("run/honeypot/links.json"));
    assert.equal([position[0], position[2]], ["now.pcap", 54]);
  }),
);

test(links, "neither waits for FIFOs nor follows symlinks in place of captures, logs and marks", () =>
  withScratch(async (scratch) => {
    const secret = await scratch.write("etc/honeypot/secrets/key", "1234567890\n", { mode: 0o600 });
    for (const folder of ["srv/cowrie/var/log/cowrie", "srv/log", "var/tmp/dshield"])
      await mkdir(scratch.path(folder), { recursive: true });
    await execute("mkfifo", [
      scratch.path("srv/cowrie/var/log/cowrie/cowrie.json"),
      scratch.path("var/lib/honeypot/dumps/fifo.pcap"),
    ]);
    for (const link of [
      "var/lib/honeypot/dumps/link.pcap",
      "srv/log/webhoneypot.json",
      "var/tmp/dshield/lastfwlog",
    ])
      await symlink(secret, scratch.path(link));
    assert.equal(await scratch.run(script, [], { timeoutSeconds: 20 }), { code: 0, stdout: "", stderr: "" });
    assert.not(await scratch.exists(`${state}/links.last`));
  }),
);

needs(
  "root",
  "tcpdump",
  "unshare",
  "nsenter",
  "python3",
)(links, "recognises visits, acceptances and answers in the capture of a real tcpdump", async () => {
  const scratch = await makeScratchRoot();
  try {
    await scratch.write("visit.sh", visiting, { mode: 0o755 });
    const { code, stdout, stderr } = await scratch.run("visit.sh", [], { wrapper: ["unshare", "--net"] });
    assert.is(code, 0, stderr);
    assert.is(stdout, "accept 22: 3\nanswer 22: 3\nvisit 22: 3\nvisit 80: 1\n");
  } finally {
    await scratch.remove();
  }
});

// A visitor in a namespace of its own. Nothing listens on port 80.
const visiting = `#!/bin/bash
set -e
unshare --net sleep 60 &
peer=$!
trap 'kill "$peer" $capture' EXIT
until [[ "$(readlink "/proc/$peer/ns/net")" != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.1; done
ip link set lo up
ip link add v0 type veth peer name v1 netns "$peer"
ip addr add 192.0.2.10/24 dev v0
ip link set v0 up
nsenter --target "$peer" --net ip addr add 192.0.2.20/24 dev v1
nsenter --target "$peer" --net ip link set v1 up
tcpdump -Z root -i v0 -U -n -w "$HONEYPOT_ROOT/var/lib/honeypot/dumps/x.pcap" 2>"$HONEYPOT_ROOT/tmp/said" &
capture=$!
until grep -q listening "$HONEYPOT_ROOT/tmp/said"; do sleep 0.1; done
cat >"$HONEYPOT_ROOT/tmp/serve.py" <<'EOF'
import socket
server = socket.create_server(("192.0.2.10", 22))
print("ready", flush=True)
for _ in range(3):
    connection, _ = server.accept()
    connection.sendall(b"SSH-2.0-x")
    connection.recv(10)
    connection.close()
EOF
cat >"$HONEYPOT_ROOT/tmp/visit.py" <<'EOF'
import socket
for _ in range(3):
    connection = socket.create_connection(("192.0.2.10", 22))
    connection.recv(20)
    connection.sendall(b"x")
    connection.close()
try:
    socket.create_connection(("192.0.2.10", 80))
except ConnectionRefusedError:
    pass
EOF
python3 "$HONEYPOT_ROOT/tmp/serve.py" >"$HONEYPOT_ROOT/tmp/served" &
until grep -q ready "$HONEYPOT_ROOT/tmp/served"; do sleep 0.1; done
nsenter --target "$peer" --net python3 "$HONEYPOT_ROOT/tmp/visit.py"
sleep 1
python3 - "$HONEYPOT_ROOT" <<'EOF'
import collections, sys, time
sys.path.insert(0, sys.argv[1] + "/usr/local/lib/honeypot")
import traffic
captures = traffic.Captures(sys.argv[1] + "/var/lib/honeypot/dumps", None)
visits = traffic.visits(captures.packets(time.time()), traffic.local_addresses(""))
for (kind, port), count in sorted(collections.Counter((kind, port) for _, kind, port in visits).items()):
    if port:
        print("%s %d: %d" % (kind, port, count))
EOF
`;

needs(
  "root",
  "tcpdump",
  "unshare",
  "python3",
)(links, "counts the packets that a real tcpdump loses", async () => {
  const scratch = await makeScratchRoot();
  try {
    await scratch.write("lose.sh", losing, { mode: 0o755 });
    const { code, stdout, stderr } = await scratch.run("lose.sh", [], { wrapper: ["unshare", "--net"] });
    assert.is(code, 0, stderr);
    const [first, second] = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ").map(Number));
    assert.ok((first?.[0] ?? 0) >= 20_000 && (first?.[1] ?? 0) > 10_000, stdout);
    assert.equal(second, [0, 0]);
  } finally {
    await scratch.remove();
  }
});

// A stopped tcpdump with a small buffer.
const losing = `#!/bin/bash
set -e
ip link set lo up
tcpdump -i lo -B 32 -w "$HONEYPOT_ROOT/tmp/x.pcap" 2>"$HONEYPOT_ROOT/tmp/said" &
trap 'kill -CONT "$!"; kill "$!"' EXIT
until grep -q listening "$HONEYPOT_ROOT/tmp/said"; do sleep 0.1; done
kill -STOP "$!"
python3 - "$HONEYPOT_ROOT" "$!" <<'EOF'
import socket, sys
sys.path.insert(0, sys.argv[1] + "/usr/local/lib/honeypot")
import traffic
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for _ in range(20000):
        sender.sendto(bytes(1000), ("127.0.0.1", 9999))
print(*traffic.loss(int(sys.argv[2])))
print(*traffic.loss(int(sys.argv[2])))
EOF
`;

const sentences: readonly (readonly [link: string, check: string, status: string, message: RegExp])[] = [
  ["traffic", "traffic", "bad", /^no visitor since 2001-09-09 01:46 UTC/],
  [
    "capture",
    "captured traffic",
    "bad",
    /the capture has no visitor of the logs since 2001-09-09 01:46 UTC$/,
  ],
  ["lost", "lost packets", "note", /at about 2001-09-09 01:46 UTC/],
  ["answers", "answers", "bad", /no service has answered since 2001-09-09 01:46 UTC$/],
  ["cowrie", "cowrie log", "bad", /no new line since 2001-09-09 01:46 UTC$/],
  ["web", "web log", "bad", /no new line since 2001-09-09 01:46 UTC$/],
  ["firewall", "firewall log", "bad", /no new line since 2001-09-09 01:46 UTC$/],
  ["collected-web", "collected logs", "bad", /^lines of web since 2001-09-09 01:46 UTC are not collected$/],
  ["archived", "archived logs", "bad", /2001-09-09 01:46 UTC are in no archive$/],
  ["sent", "sent archives", "bad", /2001-09-09 01:46 UTC has not reached the backup server$/],
  ["unreported", "reports", "bad", /has not run since 2001-09-09 01:46 UTC$/],
  ["refused", "reports", "bad", /accepted no report since 2001-09-09 01:46 UTC$/],
];

for (const [link, name, status, message] of sentences)
  needs("ss")(links, `honeypot-status reports the link "${link}" with its time and advice`, () =>
    withStatus(async (scratch, checks) => {
      await scratch.write(`${state}/links.found`, `1000000000 ${link}\n`);
      const [check] = await checks();
      assert.equal([check?.name, check?.status], [name, status]);
      assert.match(check?.message ?? "", message);
      assert.ok((check?.next ?? "").length > 10);
      assert.ok((check?.age ?? 0) > 700_000_000);
    }),
  );

needs("ss", "root")(links, "honeypot-status reports that the cross-checks agree, do not run, or fail", () =>
  withStatus(async (scratch, checks) => {
    const shown = async () => (await checks()).map(({ name, status, message }) => [name, status, message]);
    assert.equal(await shown(), [["cross-checks", "good", "no link is broken"]]);
    await utimes(scratch.path("run/honeypot/links.json"), 1e9, 1e9);
    assert.equal(await shown(), [["cross-checks", "bad", "have not run for half an hour"]]);
    await scratch.write(`${state}/links.last`, "1000000000 failed traffic: OSError\n");
    assert.equal(await shown(), [["cross-checks", "bad", "failed: traffic: OSError"]]);
  }),
);

links.run();

type Check = {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next: string;
  readonly age?: number;
};

async function withScratch(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const scratch = await makeScratchRoot({ TRANSFER_HOST: "192.0.2.7", TRANSFER_INTERVAL_SECONDS: "86400" });
  try {
    await scratch.write("etc/default/honeypot", await scratch.read("etc/default/honeypot"), {
      ageHours: 999,
    });
    await scratch.write(`${state}/first-boot.done`, "", { ageHours: 99 });
    await scratch.write("proc/net/fib_trie", "|-- 192.0.2.10\n/32 host LOCAL\n");
    await scratch.write(
      "sys/fs/cgroup/system.slice/honeypot-capture.service/cgroup.procs",
      `${process.pid}\n`,
    );
    await scratch.write("run/honeypot/links.json", JSON.stringify({ begin: 0 }));
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

async function withStatus(
  body: (scratch: ScratchRoot, checks: () => Promise<readonly Check[]>) => Promise<void>,
): Promise<void> {
  const others = ["first boot", "capture", "log collection", "backup", "disk", "admin access", "cron"];
  await withScratch(async (scratch) => {
    for (const command of ["systemctl", "nft"]) await scratch.stub(command, ":");
    await scratch.lay("usr/local/lib/honeypot/status/links.sh");
    await body(scratch, async () => {
      const { stdout } = await scratch.run("usr/local/bin/honeypot-status", ["--json"]);
      const { checks }: { readonly checks: readonly Check[] } = JSON.parse(stdout);
      return checks.filter(({ name }) => !others.includes(name));
    });
  });
}

async function times(scratch: ScratchRoot, folder: string): Promise<readonly string[]> {
  const names = await readdir(scratch.path(folder));
  return Promise.all(
    names.sort().map(async (name) => `${name} ${(await stat(scratch.path(`${folder}/${name}`))).ctimeMs}`),
  );
}
