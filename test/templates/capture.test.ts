import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, readdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeNetwork, type Network } from "../support/network.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";
import { readUnit, unitCommand } from "../support/unit-command.ts";

const capture = suite("templates/capture");
const unitFile = resolve("templates/etc/systemd/system/honeypot-capture.service");
const script = "opt/honeypot/scripts/capture.sh";
const dumps = "var/lib/honeypot/dumps";
const state = "var/lib/honeypot/state";
/** A user that owns nothing on this machine, in the place of `honeypot`. */
const user = 64999;

// --- where to capture

const routes: readonly (readonly [name: string, commands: readonly string[], device: string])[] = [
  ["takes the device of the only default route", ["route add default via 192.0.2.2"], "sensor0"],
  [
    "takes the lowest metric of several default routes",
    [
      "route add default via 192.0.2.2 metric 600",
      "route add default dev other0 metric 100",
      "route add default dev third0 metric 200",
    ],
    "other0",
  ],
  [
    "counts a route without metric as the lowest",
    ["route add default via 192.0.2.2", "route add default dev other0 metric 100"],
    "sensor0",
  ],
  ["understands a default route without a gateway", ["route add default dev third0 scope link"], "third0"],
  [
    "takes the first hop of a route with several",
    ["route add default nexthop via 192.0.2.2 dev sensor0 nexthop dev other0"],
    "sensor0",
  ],
  [
    "prefers a link with carrier to a lower metric without",
    [
      "route add default dev other0 metric 10",
      "link set other1 down",
      "route add default via 192.0.2.2 metric 600",
    ],
    "sensor0",
  ],
  [
    "prefers IPv4 to IPv6",
    ["-6 route add default dev other0 metric 1", "route add default via 192.0.2.2 metric 600"],
    "sensor0",
  ],
  [
    "takes the IPv6 default route where there is no other",
    ["-6 route add default dev other0 metric 5"],
    "other0",
  ],
];

needs("ip", "tcpdump")(
  capture,
  "leaves out the uploads to a server whose addresses the transfer found",
  async () => {
    const settings = { CAPTURE_FILTER: "not port 12222 and (proto \\tcp)", TRANSFER_PORT: "2222" };
    await withSensor(settings, async (root, network) => {
      await network.ip(..."route add default via 192.0.2.2".split(" "));
      const uploads = "not (host 192.0.2.9 and tcp port 2222) and not (host 2001:db8::9 and tcp port 2222)";
      await root.write(`${state}/transfer.filter`, ` and ${uploads}\n`);
      const { code, stderr } = await root.run(script, [], { wrapper: network.sensor });
      assert.is(code, 0, stderr);
      assert.is(
        await root.read("run/honeypot/capture.env"),
        `CAPTURE_DEVICE="sensor0"\nCAPTURE_FILTER="not port 12222 and (proto \\\\tcp) and ${uploads}"\n`,
      );
    });
  },
);

for (const [name, commands, device] of routes)
  needs("ip", "tcpdump")(capture, name, async () => {
    await withSensor({}, async (root, network) => {
      for (const link of ["other", "third"]) {
        await network.ip("link", "add", `${link}0`, "type", "veth", "peer", "name", `${link}1`);
        for (const end of [0, 1]) await network.ip("link", "set", `${link}${end}`, "up");
      }
      for (const command of commands) await network.ip(...command.split(" "));
      const { code, stderr } = await root.run(script, [], { wrapper: network.sensor });
      assert.is(code, 0, stderr);
      assert.is(await root.read("run/honeypot/capture.env"), `CAPTURE_DEVICE="${device}"\n`);
      assert.match(
        await root.read(`${state}/capture.last`),
        new RegExp(`^\\d+ ok capturing on ${device}\\n$`),
      );
    });
  });

const refusals: readonly (readonly [
  name: string,
  environment: Record<string, string>,
  defaultRoute: boolean,
  message: RegExp,
])[] = [
  ["refuses without a default route, so that systemd tries again", {}, false, /no default route yet/],
  [
    "refuses an interface that is not there",
    { CAPTURE_INTERFACE: "wlan7" },
    true,
    /interface wlan7 is not up/,
  ],
  [
    "refuses a filter that does not compile, with tcpdump's words",
    { CAPTURE_FILTER: "not prt 12222" },
    true,
    /filter does not compile: tcpdump: .*syntax error/,
  ],
  [
    "hands the filter over as one word, never to a shell",
    { CAPTURE_FILTER: "$(touch /tmp/sensorbake-was-here) `id` ; -w /tmp/x" },
    true,
    /filter does not compile: /,
  ],
  [
    "refuses on a disk at the limit",
    { DISK_MAX_USED_PERCENT: "0" },
    true,
    /disk is \d+% full, the limit is 0%/,
  ],
];

for (const [name, environment, hasRoute, message] of refusals)
  needs("ip", "tcpdump")(capture, name, async () => {
    await withSensor(environment, async (root, network) => {
      if (hasRoute) await network.ip("route", "add", "default", "via", "192.0.2.2");
      const { code, stderr } = await root.run(script, [], { wrapper: network.sensor });
      assert.is(code, 1, stderr);
      assert.match(stderr, message);
      const last = await root.read(`${state}/capture.last`);
      assert.match(last, /^\d+ failed /);
      assert.match(last, message);
      assert.is(await root.exists("run/honeypot/capture.env"), false);
      assert.is(await stat("/tmp/sensorbake-was-here").catch(() => undefined), undefined);
    });
  });

// --- what is captured, by the unit's own command line, its user and its capabilities

needs("ip", "tcpdump", "setpriv")(
  capture,
  "holds the packets to the honeypot's ports, none of the excluded one, before it ends",
  async () => {
    await withSensor(
      { CAPTURE_INTERFACE: "sensor0", CAPTURE_FILTER: "not port 12222" },
      async (root, network) => {
        const running = await start(root, network);
        await network.send(12222, 5, 64);
        for (const port of [22, 23, 80, 2222, 8000]) await network.send(port, 5, 64);
        const seen = await until(
          () => countPackets(root, "udp and dst net 192.0.2.1"),
          (count) => count >= 25,
        );
        // Killed, not asked to end: what was seen above had been written by then (--packet-buffered).
        await kill(running, "SIGKILL");
        assert.is(seen, 25);
        assert.is(await countPackets(root, "port 12222"), 0);
        for (const port of [22, 23, 80, 2222, 8000])
          assert.is(await countPackets(root, `udp and dst port ${port}`), 5);
      },
    );
  },
);

needs("ip", "tcpdump", "setpriv")(
  capture,
  "rotates by size into names AppArmor admits, and loses no packet",
  async () => {
    const environment = { CAPTURE_INTERFACE: "sensor0", CAPTURE_ROTATE_MEGABYTES: "1" };
    await withSensor(environment, async (root, network) => {
      const running = await start(root, network);
      await network.send(2222, 4000, 1000);
      await until(
        () => countPackets(root, "udp and dst port 2222"),
        (count) => count >= 4000,
      );
      await kill(running, "SIGTERM");
      const files = await readdir(root.path(dumps));
      assert.is(files.length, 5, files.join(" "));
      for (const file of files) {
        // usr.bin.tcpdump: /**.[pP][cC][aA][pP] rw, /**.[pP][cC][aA][pP][0-9]* rw
        assert.match(file, /^attic-pi_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.pcap[0-9]*$/);
        assert.is((await stat(root.path(`${dumps}/${file}`))).mode & 0o777, 0o600);
        assert.is((await stat(root.path(`${dumps}/${file}`))).uid, user);
      }
      const numbers = await packetNumbers(root);
      assert.is(numbers.length, 4000);
      assert.is(new Set(numbers).size, 4000);
    });
  },
);

needs("ip", "tcpdump", "setpriv")(capture, "rotates by time too, into a name of its own", async () => {
  const environment = { CAPTURE_INTERFACE: "sensor0", CAPTURE_ROTATE_SECONDS: "1" };
  await withSensor(environment, async (root, network) => {
    const running = await start(root, network);
    let sent = 0;
    const names = await until(
      async () => {
        await network.send(2222, 1, 64);
        sent += 1;
        return readdir(root.path(dumps));
      },
      (files) => files.length >= 3,
    );
    assert.ok(names.length >= 3);
    for (const name of names) assert.match(name, /^attic-pi_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.pcap$/);
    const isHeld = (count: number): boolean => count >= sent;
    assert.is(await until(() => countPackets(root, "udp and dst port 2222"), isHeld), sent);
    await kill(running, "SIGTERM");
  });
});

needs("ip", "tcpdump", "setpriv")(capture, "keeps the bytes of a packet the settings allow", async () => {
  await withSensor({ CAPTURE_INTERFACE: "sensor0", CAPTURE_SNAP_LENGTH: "96" }, async (root, network) => {
    const running = await start(root, network);
    await network.send(2222, 1, 1000);
    await until(
      () => countPackets(root, "udp and dst port 2222"),
      (count) => count >= 1,
    );
    await kill(running, "SIGKILL");
    const { words } = await unitCommand(unitFile, root.root);
    assert.ok(words.includes("--no-promiscuous-mode"));
    const { stdout } = await readDump(root, (await readdir(root.path(dumps)))[0] as string, "udp", ["-e"]);
    assert.match(stdout, /length 1042:/);
    const [file] = await readdir(root.path(dumps));
    assert.ok((await stat(root.path(`${dumps}/${file}`))).size < 1000);
  });
});

needs("ip", "tcpdump", "setpriv")(
  capture,
  "starts a new file after a kill, and takes the old one from its user",
  async () => {
    await withSensor({ CAPTURE_INTERFACE: "sensor0" }, async (root, network) => {
      const first = await start(root, network);
      await network.send(2222, 3, 64);
      await until(
        () => countPackets(root, "udp"),
        (count) => count >= 3,
      );
      await kill(first, "SIGKILL");
      const [old] = await readdir(root.path(dumps));
      const second = await start(root, network);
      await network.send(2222, 4, 64);
      await until(
        () => countPackets(root, "udp"),
        (count) => count >= 7,
      );
      await kill(second, "SIGKILL");
      const files = await readdir(root.path(dumps));
      assert.is(files.length, 2);
      assert.ok(files.includes(old as string));
      const taken = await stat(root.path(`${dumps}/${old}`));
      assert.is(taken.uid, 0);
      assert.is(taken.mode & 0o777, 0o600);
    });
  },
);

needs("ip", "tcpdump", "setpriv")(
  capture,
  "does not overwrite a file of the same second, as after a power cut without a clock",
  async () => {
    await withSensor({ CAPTURE_INTERFACE: "sensor0" }, async (root, network) => {
      const names: string[] = [];
      for (let second = 0; second < 600; second += 1) {
        const time = new Date(Date.now() + second * 1000).toISOString().slice(0, 19).replace("T", "_");
        names.push(`attic-pi_${time.replaceAll(":", "-")}.pcap`);
      }
      for (const name of names) {
        await writeFile(root.path(`${dumps}/${name}`), "old", { mode: 0o600 });
        await chown(root.path(`${dumps}/${name}`), user, user);
      }
      assert.is((await root.run(script, [], { wrapper: network.sensor })).code, 0);
      const running = await spawnUnit(root, network);
      assert.ok((await exitCode(running)) > 0);
      assert.match(running.stderr(), /Permission denied/);
      for (const name of names) assert.is(await root.read(`${dumps}/${name}`), "old");
    });
  },
);

needs("ip", "tcpdump", "setpriv")(capture, "ends with an error when its interface disappears", async () => {
  await withSensor({ CAPTURE_INTERFACE: "sensor0" }, async (root, network) => {
    const running = await start(root, network);
    await network.ip("link", "delete", "sensor0");
    assert.ok((await exitCode(running)) > 0);
    const { code, stderr } = await root.run(script, [], { wrapper: network.sensor });
    assert.is(code, 1);
    assert.match(stderr, /interface sensor0 is not up/);
  });
});

capture.run();

async function withSensor(
  environment: Readonly<Record<string, string>>,
  body: (root: ScratchRoot, network: Network) => Promise<void>,
): Promise<void> {
  // The disk of the machine that runs the tests may be fuller than a sensor's should be.
  const root = await makeScratchRoot({ DISK_MAX_USED_PERCENT: "101", ...environment });
  const network = await makeNetwork();
  try {
    await chown(root.path(dumps), 0, user);
    await execute("chmod", ["1770", root.path(dumps)]);
    await body(root, network);
  } finally {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await network.remove();
    await root.remove();
  }
}

type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly stderr: () => string;
};

const children: ChildProcess[] = [];

/** What systemd does for the unit: capture.sh as root, then the command as the unit's user with its capabilities. */
async function start(root: ScratchRoot, network: Network): Promise<Running> {
  for (;;) {
    const { code, stderr } = await root.run(script, [], { wrapper: network.sensor });
    assert.is(code, 0, stderr);
    const running = await spawnUnit(root, network);
    const isCapturing = await until(
      async () =>
        running.stderr().includes("listening on")
          ? true
          : running.child.exitCode === null
            ? undefined
            : false,
      (answer) => answer !== undefined,
    );
    if (isCapturing) return running;
    // The name of this second is taken: as `Restart=always`, try again.
    assert.match(running.stderr(), /Permission denied/);
  }
}

async function spawnUnit(root: ScratchRoot, network: Network): Promise<Running> {
  const { words, environment } = await unitCommand(unitFile, root.root);
  const unit = await readUnit(unitFile);
  const capabilities = (unit.get("AmbientCapabilities") ?? []).map(
    (name) => `+${name.replace("CAP_", "").toLowerCase()}`,
  );
  const privileges = [
    ...[`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--no-new-privs"],
    ...["inh-caps", "ambient-caps", "bounding-set"].map((set) => `--${set}=-all,${capabilities.join(",")}`),
  ];
  const umask = unit.get("UMask")?.[0] ?? "0022";
  const [command, ...rest] = [
    ...network.sensor,
    ...["setpriv", ...privileges, "--", "/bin/sh", "-c", 'umask "$0"; exec "$@"', umask],
    ...words,
  ];
  const child = spawn(command as string, rest, {
    env: { ...environment, PATH: root.environment.PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  let stderr = "";
  child.stderr?.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, ended, stderr: () => stderr };
}

/** Its exit code, when it ends by itself; 0 when it is still running after a minute. */
function exitCode({ child }: Running): Promise<number> {
  return until(
    async () => child.exitCode ?? 0,
    (code) => code !== 0,
  );
}

async function kill(running: Running, signal: NodeJS.Signals): Promise<void> {
  running.child.kill(signal);
  await running.ended;
}

async function readDump(root: ScratchRoot, file: string, filter: string, options: readonly string[] = []) {
  return execute("tcpdump", ["-n", ...options, "-r", root.path(join(dumps, file)), "--", filter]);
}

/** Packets of every capture there is that match; one that is still being written may end in half a packet. */
async function countPackets(root: ScratchRoot, filter: string): Promise<number> {
  let count = 0;
  for (const file of await readdir(root.path(dumps)))
    count += (await readDump(root, file, filter, ["-q"])).stdout.split("\n").length - 1;
  return count;
}

async function packetNumbers(root: ScratchRoot): Promise<readonly string[]> {
  const numbers: string[] = [];
  for (const file of await readdir(root.path(dumps))) {
    const { stdout } = await readDump(root, file, "udp and dst port 2222", ["-A"]);
    for (const [, number = ""] of stdout.matchAll(/packet (\d+);/g)) numbers.push(number);
  }
  return numbers;
}

/** Asks until the answer will do; after a minute the last answer is returned as it is. */
async function until<Answer>(
  ask: () => Promise<Answer>,
  isEnough: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (isEnough(answer) || Date.now() > deadline) return answer;
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
