import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { captureFilter } from "../../src/plan/capture-filter.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";
import { needs } from "../support/needs.ts";
import { makeNetwork, type Network } from "../support/network.ts";
import { execute, makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";
import { readUnit, unitCommand } from "../support/unit-command.ts";

const capture = suite("templates/capture");
const unitFile = resolve("templates/etc/systemd/system/honeypot-capture.service");
const script = "opt/honeypot/scripts/capture.sh";
const dumps = "var/lib/honeypot/dumps";
const state = "var/lib/honeypot/state";
const tries = "run/honeypot/capture.tries";
/** A user that owns nothing on this machine, instead of `honeypot`. */
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

needs("ip", "tcpdump")(
  capture,
  "--names finds the servers that have names, and restarts only for news",
  async () => {
    const servers = {
      TRANSFER_HOST: "backups.example.org",
      TRANSFER_PORT: "22",
      SIEM_HOST: "siem.example.org",
      SIEM_PORT: "5044",
    };
    await withSensor(servers, async (root) => {
      await root.stub("systemctl", `printf '%s\\n' "$*" >>"\${HONEYPOT_ROOT}/asked"`);
      await root.stub(
        "getent",
        `case "$2" in siem*) echo '2001:db8::5 STREAM'; echo 'fe80::1%eth0 STREAM' ;; *) echo '192.0.2.9 STREAM'; echo 'x) or (y STREAM' ;; esac`,
      );
      for (let run = 0; run < 2; run++) assert.is((await root.run(script, ["--names"])).code, 0);
      assert.is(await root.read("asked"), "try-restart honeypot-capture.service\n");
      assert.is(await root.read(`${state}/transfer.filter`), " and not (host 192.0.2.9 and tcp port 22)\n");
      assert.is(await root.read(`${state}/siem.filter`), " and not (host 2001:db8::5 and tcp port 5044)\n");
      // While no name server answers, the known addresses stay.
      await root.stub("getent", "exit 2");
      assert.is((await root.run(script, ["--names"])).code, 0);
      assert.is(await root.exists(`${state}/siem.filter`), true);
      await root.configure({
        ...servers,
        CAPTURE_FILTER: "not (host siem.example.org and tcp port 5044)",
        TRANSFER_HOST: "",
      });
      assert.is((await root.run(script, ["--names"])).code, 0);
      for (const task of ["siem", "transfer"]) assert.is(await root.exists(`${state}/${task}.filter`), false);
    });
  },
);

// --- a capture that cannot start

needs("ip", "tcpdump")(capture, "each try waits longer than the one before, up to five minutes", async () => {
  await withSensor({ CAPTURE_INTERFACE: "wlan7" }, async (root, network) => {
    await root.stub(
      "ip",
      `if [[ "$1" == monitor ]]; then exit; fi; exec "$(type -P -a ip | tail -n 1)" "$@"`,
    );
    await root.stub("sleep", `echo "$1" >>"\${HONEYPOT_ROOT}/slept"`);
    for (let run = 0; run < 11; run++)
      assert.is((await root.run(script, [], { wrapper: network.sensor })).code, 1);
    assert.is(await root.read("slept"), "10\n20\n40\n80\n160\n320\n320\n320\n");
    // A capture that ran for more than a minute ends the row of failures.
    const [count, last] = (await root.read(tries)).split(" ");
    assert.is(count, "9");
    await root.write(tries, `9 ${Number(last) - 61}\n`);
    await root.run(script, [], { wrapper: network.sensor });
    assert.is((await root.read("slept")).split("\n").length, 9);
    assert.match(await root.read(tries), /^1 /);
  });
});

needs("ip", "tcpdump")(capture, "stops waiting when the network comes up", async () => {
  await withSensor({}, async (root, network) => {
    await root.write(tries, `9 ${await uptime()}\n`);
    const start = root.run(script, [], { wrapper: network.sensor });
    let outcome: Outcome | undefined;
    void start.then((ended) => {
      outcome = ended;
    });
    await until(
      async () => {
        await network.ip(..."route replace default via 192.0.2.2".split(" "));
        return outcome;
      },
      (ended) => ended !== undefined,
    );
    assert.is(outcome?.code, 0, outcome?.stderr ?? "it still waits");
  });
});

needs("ip", "tcpdump")(
  capture,
  "a stop by hand ends the wait, and the next start tries at once",
  async () => {
    await withSensor({}, async (root, network) => {
      await root.write(tries, `9 ${await uptime()}\n`);
      const [command = "", ...words] = [...network.sensor, root.path(script)];
      const child = spawn(command, words, { env: root.environment, stdio: "ignore" });
      children.push(child);
      const monitors = () => execute("pgrep", ["--parent", String(child.pid), "--full", "ip monitor"]);
      await until(monitors, ({ code }) => code === 0);
      child.kill("SIGTERM");
      const [code] = await once(child, "close");
      assert.is(code, 143);
      assert.is(await root.exists(tries), false);
      assert.is((await root.run(script, [], { wrapper: network.sensor })).code, 1);
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

needs("ip", "tcpdump")(capture, "says so when tcpdump is missing", async () => {
  await withSensor({ CAPTURE_INTERFACE: "sensor0" }, async (root, network) => {
    for (const command of ["bash", "find", "df", "ip", "env", "sync", "mv", "rm"])
      await root.stub(command, `exec "$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P ${command})" "$@"`);
    const environment = { PATH: root.path("stubs") };
    const wrapper = [...network.sensor, "/bin/bash"];
    const { code, stderr } = await root.run(script, [], { wrapper, environment });
    assert.is(code, 1);
    assert.match(stderr, /: tcpdump is not installed\n$/);
    assert.match(await root.read(`${state}/capture.last`), /^\d+ failed tcpdump is not installed\n$/);
  });
});

// --- traffic that the filter of the settings leaves out

type Session = readonly [
  name: string,
  from: string,
  fromPort: number,
  to: string,
  port: number,
  isCaptured: boolean,
];
const sensor4 = "192.0.2.1";
const sensor6 = "2001:db8:1::1";
const visitor4 = "203.0.113.7";
const visitor6 = "2001:db8:7::7";
const admin4 = "198.51.100.7";
const admin6 = "2001:db8:40::7";
const server4 = "203.0.113.9";
const alike: readonly Session[] = [
  ["a visitor that sends from the admin port", visitor4, 12222, sensor4, 2222, true],
  ["a visitor that sends from the admin port, by IPv6", visitor6, 12222, sensor6, 2222, true],
  ["a visitor that sends from an excluded port", visitor4, 9200, sensor4, 80, true],
  ["a visitor that sends from the port of the backup server", visitor4, 2022, sensor4, 2222, true],
  ["what comes to an excluded port", visitor4, 40003, sensor4, 9200, false],
  ["an admin who sends from the admin port to the honeypot", admin4, 12222, sensor4, 23, true],
  ["the admin's session", admin4, 40001, sensor4, 12222, false],
  ["the admin's session by IPv6", admin6, 40001, sensor6, 12222, false],
  ["an upload", sensor4, 41000, server4, 2022, false],
  ["the Prometheus server", server4, 40005, sensor4, 19_100, false],
  ["a visitor at the exporter's port", visitor4, 40005, sensor4, 19_100, true],
  ["a notification", sensor4, 61_010, visitor4, 443, false],
  ["a notification by IPv6", sensor6, 61_017, visitor6, 443, false],
  ["a visitor at a port of notifications", visitor4, 40004, sensor4, 61_010, true],
  ["a visitor at a port of notifications, by IPv6", visitor6, 40004, sensor6, 61_017, true],
  ["a visitor that sends from a port of notifications", visitor4, 61_010, sensor4, 2222, true],
  ["another connection of the sensor to the backup server", sensor4, 41001, server4, 80, true],
  ["the backup server as a visitor", server4, 41002, sensor4, 2222, true],
  ["a connection of the sensor to the admin port of another host", sensor4, 41003, visitor4, 12222, true],
];
const outside: readonly Session[] = [
  ["a visitor at the admin port", visitor4, 40002, sensor4, 12222, true],
  ["a visitor at the admin port, by IPv6", visitor6, 40002, sensor6, 12222, true],
  ["a visitor from the admin port to the admin port", visitor4, 12222, sensor4, 12222, true],
];
const networks: readonly (readonly [
  name: string,
  allowFrom: Plan["admin"]["allowFrom"],
  sessions: readonly Session[],
])[] = [
  ["admins come from two networks", ["198.51.100.0/24", "2001:db8:40::/48"], [...alike, ...outside]],
  [
    "the sensor is in a network of the admins",
    ["192.0.2.0/24", "198.51.100.7/32", "2001:db8:40::/48", "2001:db8:1::/64"],
    [...alike, ...outside],
  ],
  [
    "admins come from anywhere",
    "anywhere",
    [
      ...alike,
      ...outside.map(([name, from, fromPort, to, port]) => [name, from, fromPort, to, port, false] as const),
    ],
  ],
];

for (const [name, allowFrom, sessions] of networks)
  needs("ip", "tcpdump", "setpriv")(capture, `when ${name}, no visitor can hide`, async () => {
    const filter = captureFilter({
      ...examplePlan,
      admin: { ...examplePlan.admin, allowFrom },
      capture: { ...examplePlan.capture, excludePorts: [9200] },
      metrics: { allowFrom: ["203.0.113.9/32"], port: 19_100 },
      notify: { heartbeat: { kind: "env", name: "URL" }, webhook: undefined, mail: undefined },
      siem: { host: server4, port: 2022, ca: undefined, spoolMegabytes: 1 },
    });
    await withSensor({ CAPTURE_INTERFACE: "sensor0", CAPTURE_FILTER: filter }, async (root, network) => {
      await network.ip("route", "add", "default", "dev", "sensor0");
      await network.ip("address", "add", `${sensor6}/64`, "dev", "sensor0", "nodad");
      await network.ip("-6", "route", "add", "default", "dev", "sensor0");
      for (const address of [visitor4, admin4, server4])
        await inWorld(network, "ip", "address", "add", `${address}/32`, "dev", "world0");
      for (const address of ["2001:db8:1::2/64", `${visitor6}/128`, `${admin6}/128`])
        await inWorld(network, "ip", "address", "add", address, "dev", "world0", "nodad");
      const running = await start(root, network);
      // libpcap does not know the direction of a packet in the first second.
      for (const port of [7, 8])
        await until(
          async () => {
            await network.send(port, 1, 64);
            return countPackets(root, `udp dst port ${port}`);
          },
          (count) => count > 0,
        );
      for (const [side, wrapper] of [
        ["world", network.world],
        ["sensor", network.sensor],
      ] as const) {
        const own = sessions.filter(([, from]) => [sensor4, sensor6].includes(from) === (side === "sensor"));
        const [command = "", ...words] = [
          ...wrapper,
          process.execPath,
          "--eval",
          connect,
          JSON.stringify(own),
        ];
        const { code, stdout, stderr } = await execute(command, words);
        assert.equal([code, stdout], [0, "ECONNREFUSED\n".repeat(own.length)], stderr);
      }
      await network.send(9, 1, 64);
      await until(
        () => countPackets(root, "udp port 9"),
        (count) => count > 0,
      );
      await kill(running, "SIGTERM");
      let packets = "";
      for (const file of await readdir(root.path(dumps)))
        packets += (await readDump(root, file, "tcp")).stdout;
      for (const [what, from, fromPort, to, port, isCaptured] of sessions)
        for (const way of [`${from}.${fromPort} > ${to}.${port}: `, `${to}.${port} > ${from}.${fromPort}: `])
          assert.is(packets.includes(way), isCaptured, `${what}: ${way}`);
    });
  });

// --- captured traffic, with the unit's command line, user and capabilities

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
        // SIGKILL: the packets that were seen above are already written (--packet-buffered).
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
  // Without other packets of the network, because the test checks the size of the file.
  const settings = {
    CAPTURE_INTERFACE: "sensor0",
    CAPTURE_SNAP_LENGTH: "96",
    CAPTURE_FILTER: "udp port 2222",
  };
  await withSensor(settings, async (root, network) => {
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

async function inWorld(network: Network, ...words: readonly string[]): Promise<void> {
  const [command = "", ...rest] = [...network.world, ...words];
  const { code, stderr } = await execute(command, rest);
  assert.is(code, 0, stderr);
}

/** Connects one session after the other, and prints how each ended. */
const connect = `
const connectNext = ([[, localAddress, localPort, host, port], ...rest]) => {
  const socket = require("node:net").connect({ localAddress, localPort, host, port });
  socket.on("error", (error) => console.log(error.code));
  socket.on("connect", () => socket.destroy());
  socket.on("close", () => rest.length > 0 && connectNext(rest));
};
connectNext(JSON.parse(process.argv[1]));
`;

async function uptime(): Promise<number> {
  return Math.floor(Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]));
}

type Running = {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly stderr: () => string;
};

const children: ChildProcess[] = [];

/** Starts the unit like systemd: capture.sh as root, then the command as the unit's user with its capabilities. */
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

/** The matching packets of every capture; a capture that is still being written may end in half a packet. */
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

/** Asks until the answer is accepted, and returns the last answer after a minute. */
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
