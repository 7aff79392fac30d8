import { execFileSync } from "node:child_process";
import { cp, stat } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { payload } from "../../src/artifacts/payload.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { configure, withNeighbour } from "../support/admin-machine.ts";
import { planOf } from "../support/example-plan.ts";
import { fromOutside, load, plain, whoMayKnock, withFirewall } from "../support/firewall-machine.ts";
import { healthUnderTest } from "../support/health-under-test.ts";
import { ed25519Key } from "../support/keys.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { exporterUnit, programs } from "../support/prometheus.ts";
import { execute, makeScratchRoot } from "../support/scratch-root.ts";

const metrics = suite("templates/metrics");
const settings = { METRICS_PORT: "19100", METRICS_ALLOW_FROM: "198.51.100.9/32 2001:db8:1::/64" };
const admins = "198.51.100.0/24 2001:db8:1::/48";
const serve =
  "{ python3 -m http.server --bind :: 19100 >/dev/null 2>&1 & }; until ss -Hltn | grep -q 19100; do sleep 0.1; done";

needs(
  ...machineTools,
  "sshd",
  "nft",
  "iptables-restore",
  "useradd",
  "python3",
)(
  metrics,
  "only the named networks reach the exporter; for others the port is silent, with every firewall of ours and upstream's",
  () =>
    withFirewall(plain, async (machine) => {
      await configure(machine, { ADMIN_ALLOW_FROM: admins, ...settings });
      await machine.must(serve);
      const reach = () => knock(machine);
      await machine.must(whoMayKnock);
      assert.is(await reach(), "0 silent 0 silent ");
      await machine.must(`${load} && ${load} --check`);
      await machine.must(`${fromOutside} bash -c ': </dev/tcp/198.51.100.1/19100'`);
      const logged = "iptables -t nat -L DSHIELDLOG -nvx | awk '$3 == \"LOG\" { print $1 }'";
      assert.is(await machine.must(logged), "0\n");
      assert.is(await reach(), "0 silent 0 silent ");
      assert.not.equal(await machine.must(logged), "0\n");
      await configure(machine, { ADMIN_ALLOW_FROM: admins, EGRESS: "restricted", ...settings });
      await machine.must("useradd cowrie; /opt/honeypot/scripts/egress.sh");
      assert.is(await reach(), "0 silent 0 silent ");
      // The rescue opens only the admin port.
      await configure(machine, { ADMIN_ALLOW_FROM: "anywhere", ...settings });
      await machine.must(`${whoMayKnock}; ${load}`);
      assert.is(await reach(), "0 silent 0 silent ");
      await machine.must("nft delete table inet honeypot_admin");
      assert.is(await reach(), "0 silent 0 silent ");
      await configure(machine, { ADMIN_ALLOW_FROM: admins });
      await machine.must(`${whoMayKnock}; ${load}`);
      assert.not.match(await machine.must("nft list ruleset; iptables-save"), "19100");
    }),
);

needs(
  ...machineTools,
  "sshd",
  "nft",
  "useradd",
  "setpriv",
  "python3",
)(
  metrics,
  "no program of the honeypot reads the exporter, directly or through a router that sends it back",
  () =>
    withNeighbour(admins, async (machine) => {
      // Its own addresses are in the network.
      await configure(machine, {
        ADMIN_ALLOW_FROM: admins,
        ...settings,
        METRICS_ALLOW_FROM: "198.51.100.0/24",
      });
      await machine.must(`${serve}; ${fromOutside} sh -c '${serve}'; useradd cowrie`);
      const read = (account: string) =>
        machine.must(`for address in 127.0.0.1 ::1 198.51.100.1 198.51.100.9; do
          timeout 5 setpriv --reuid=${account} --clear-groups bash -c ': <"/dev/tcp/$0/19100"' $address 2>/dev/null && code=0 || code=$?
          printf '%s ' "$code"
        done`);
      assert.is(await read("cowrie"), "0 0 0 0 ");
      await machine.must(whoMayKnock);
      assert.is(await read("cowrie"), "1 1 1 1 ");
      assert.is(await read("root"), "0 0 0 0 ");
    }),
);

needs(
  ...machineTools,
  "sshd",
  "nft",
  "ufw",
)(metrics, "ufw lets the exporter's port pass, and still only the named networks reach it", () =>
  withNeighbour(admins, async (machine) => {
    await machine.must(`${serve}; ufw deny 19100; ufw --force enable`);
    await configure(machine, { ADMIN_ALLOW_FROM: admins, ...settings });
    await machine.must(whoMayKnock);
    assert.is(await knock(machine), "0 silent 0 silent ");
    await configure(machine, { ADMIN_ALLOW_FROM: admins });
    assert.match((await machine.run(whoMayKnock)).stderr, "port 19100 is no longer used");
    assert.not.match(await machine.must("ufw status"), /19100.*ALLOW/);
    assert.is(await knock(machine), "silent silent silent silent ");
  }),
);

needs("/usr/bin/python3")(
  metrics,
  "neither an unfinished first boot nor a problem that ends within a minute is measured",
  async () => {
    const under = await healthUnderTest({ METRICS_PORT: "19100" });
    const file = "run/honeypot-metrics/honeypot.prom";
    try {
      await under.find({ name: "first boot", status: "waiting", message: "running 40-packages" });
      assert.is((await under.run()).code, 0);
      assert.not.ok(await under.root.exists(file));
      await under.find({ name: "capture", message: "not running" });
      // The next run of honeypot-status finds it well again.
      await under.root.write(
        "usr/local/bin/honeypot-status",
        '#!/bin/bash\ncat "$HONEYPOT_ROOT/report"\nsed --in-place s/bad/good/ "$HONEYPOT_ROOT/report"\n',
        { mode: 0o755 },
      );
      assert.is((await under.run()).code, 0);
      assert.match(await under.root.read(file), 'honeypot_check{check="capture"} 1\n');
      const { mtimeMs } = await stat(under.root.path(file));
      await under.root.write("report", "an error");
      await under.run();
      assert.is((await stat(under.root.path(file))).mtimeMs, mtimeMs);
    } finally {
      await under.root.remove();
    }
  },
);

needs("systemd-analyze", programs.exporter)(
  metrics,
  "systemd finds nothing to say against the exporter's unit with the sensor's files",
  async () => {
    const root = await makeScratchRoot({});
    try {
      const folder = "etc/systemd/system";
      const plan = await planOf({
        name: "a",
        target: "nocloud",
        admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
        metrics: { allow_from: ["10.0.0.9", "2001:db8::/64"] },
      });
      const { templates } = await readRelease();
      const build = { sensor: "", target: "", sensorbake: "", settings_digest: "" };
      const files = payload(plan, new Map(), templates, build).filter(({ path }) =>
        path.startsWith(`/${folder}/prometheus-node-exporter.service.d/`),
      );
      assert.is(files.length, 2);
      for (const { path, content } of files) await root.write(path.slice(1), String(content));
      assert.match(
        await root.read(`${folder}/prometheus-node-exporter.service.d/networks.conf`),
        "\nIPAddressDeny=any\nIPAddressAllow=10.0.0.9/32\nIPAddressAllow=2001:db8::/64\n",
      );
      await cp("/usr/lib/systemd/system", root.path("usr/lib/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
      });
      await cp(exporterUnit, root.path(`${folder}/prometheus-node-exporter.service`));
      for (const program of ["usr/bin/prometheus-node-exporter", "usr/sbin/nft", "usr/bin/mkdir", "bin/kill"])
        await root.write(program, "", { mode: 0o755 });
      const words = ["verify", "--man=no", `--root=${root.root}`, "prometheus-node-exporter.service"];
      assert.equal(await execute("systemd-analyze", words), { code: 0, stdout: "", stderr: "" });
    } finally {
      await root.remove();
    }
  },
);

needs("/usr/bin/python3", programs.promtool)(
  metrics,
  "the results of honeypot-status are valid measurements, whatever attackers write",
  async () => {
    const under = await healthUnderTest({ METRICS_PORT: "19100" });
    try {
      const checks = [
        { name: "backup", status: "good", message: "ok", next: "", age: 100 },
        { name: "backup", status: "bad", message: "x", next: "" },
        { name: 'cowrie"} 1\nevil{x="', status: "note", message: "x", next: "" },
      ];
      const facts = { disk_percent: 41, version: '0.1"\n', "Evil{}": 1, text: "x" };
      await under.root.write("report", JSON.stringify({ schema: 1, sensor: "fra-vps", facts, checks }));
      const { code, stderr } = await under.run();
      assert.is(code, 0, stderr);
      const text = await under.root.read("run/honeypot-metrics/honeypot.prom");
      execFileSync(programs.promtool, ["check", "metrics"], { input: text });
      const lines = text
        .split("\n")
        .filter((line) => !line.startsWith("#") && !/_timestamp_seconds/.test(line));
      assert.equal(lines, [
        'honeypot_info{version="0.1__",text="x"} 1',
        "honeypot_healthy 0",
        'honeypot_check{check="backup"} 0',
        'honeypot_check{check="cowrie__ 1_evil_x__"} 1',
        "honeypot_disk_percent 41",
        "",
      ]);
      const ended = Number(/honeypot_check_result_timestamp_seconds\{check="backup"\} (\d+)/.exec(text)?.[1]);
      assert.ok(Math.abs(Date.now() / 1000 - 100 - ended) < 60, String(ended));
    } finally {
      await under.root.remove();
    }
  },
);

needs("ss", "root")(
  metrics,
  "status/metrics.sh reports an exporter that does not run, or has no rules",
  async () => {
    const root = await makeScratchRoot({ METRICS_PORT: "19100", METRICS_ALLOW_FROM: "192.0.2.9/32" });
    try {
      await root.lay("usr/local/lib/honeypot/status/metrics.sh");
      await root.write("var/lib/honeypot/state/first-boot.done", "");
      for (const [stub, nft, want] of [
        [":", ":", { status: "good", message: "port 19100 from 192.0.2.9/32" }],
        ['[[ "$*" != *exporter* ]]', ":", { status: "bad", message: "the node exporter is not running" }],
        [
          ":",
          '[[ "$*" != *metrics* ]]',
          { status: "bad", message: "the rules for port 19100 are not loaded" },
        ],
      ] as const) {
        await root.stub("nft", nft);
        await root.stub("systemctl", stub);
        const { stdout } = await root.run("usr/local/bin/honeypot-status", ["--json"]);
        const checks: readonly Record<string, string>[] = JSON.parse(stdout).checks;
        const { status, message } = checks.find(({ name }) => name === "metrics") ?? {};
        assert.equal({ status, message }, want);
      }
    } finally {
      await root.remove();
    }
  },
);

metrics.run();

/** What four connections of the neighbour find at the exporter's port; the first and third are from named networks. */
async function knock(machine: Machine): Promise<string> {
  return machine.must(`for address in 198.51.100.1 203.0.113.1 2001:db8:1::1 2001:db8:2::1; do
      ${fromOutside} timeout 2 bash -c ': <"/dev/tcp/$0/19100"' $address 2>/dev/null && code=0 || code=$?
      printf '%s ' "\${code/124/silent}"
    done`);
}
