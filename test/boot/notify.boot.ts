import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { preparedDisk } from "../support/debian-tree.ts";
import { waitForFirstBoot } from "../support/dshield-under-test.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { adminPort, probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { testMachine } from "../support/test-machine.ts";
import { underTest } from "../support/under-test.ts";

// Notifications and measurements of a real sensor, whose outgoing traffic is restricted.
const sensor = suite("a sensor with notifications and metrics");
const metricsPort = 19_100;

for (const release of releasesToBoot()) {
  let receiver: HttpReceiver;
  const subject = underTest("the sensor", async ({ folder, key, keep }) => {
    receiver = await startHttpReceiver();
    const url = (path: string) => receiver.origin.replace("127.0.0.1", "10.0.2.2") + path;
    const settings = {
      name: "fra-vps",
      os: release,
      target: "nocloud",
      admin: {
        user: "analyst",
        ssh_port: adminPort,
        ssh_keys: [{ file: "key.pub" }],
        allow_from: ["10.0.2.0/24"],
      },
      notify: { heartbeat: { url: { env: "BEAT" } }, webhook: { url: { env: "HOOK" }, format: "json" } },
      metrics: { allow_from: ["10.0.2.2"] },
      security: { egress: "restricted" },
    };
    const file = join(folder, "sensors.yaml");
    await writeFile(file, JSON.stringify({ version: 1, sensors: [settings] }));
    const env = { BEAT: url("/beat"), HOOK: url("/hook") };
    const { code, stderr } = await sensorbake(["build", file, "--output", join(folder, "out")], { env });
    assert.is(code, 0, stderr);
    const disk = await preparedDisk(release);
    const ports = [metricsPort];
    const seed = join(folder, "out/fra-vps");
    const machine = await testMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports });
    keep(machine);
    await machine.start();
    await machine.waitForLogin();
    return machine;
  });
  const probe = probesOf(sensor, release, subject);
  const received = (path: string) => receiver.received.filter(({ url }) => url === path);

  probe("the first boot ends well", async (machine) => {
    await waitForFirstBoot(machine);
    const { code, stdout } = await machine.run("honeypot-status");
    assert.is(code, 0, stdout.toString());
  });

  probe("it sends heartbeats while it is healthy, and test messages", async (machine) => {
    await machine.must("systemctl start honeypot-health");
    assert.ok(received("/beat").length > 0);
    assert.equal(received("/hook"), []);
    await machine.must("honeypot-status --test-notify");
    assert.is(received("/hook").length, 1);
    receiver.clear();
  });

  probe(
    "the named address reads the measurements, an account of the sensor and another network do not",
    async (machine) => {
      const response = await fetch(`http://127.0.0.1:${machine.port(metricsPort)}/metrics`);
      const text = await response.text();
      assert.match(text, /^honeypot_healthy\S* 1$/m);
      assert.match(text, /^node_textfile_scrape_error 0$/m);
      const connect = `timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${metricsPort}'`;
      // One command each, because bash ignores an unexpected success before the last one.
      await machine.must(`! ${connect}`);
      await machine.must(`! runuser --user nobody -- ${connect}`);
      const port = await machine.plugOtherNetwork(metricsPort);
      const setUp = "ip link set eth1 up && ip address replace 198.51.100.15/24 dev eth1";
      await waitFor("eth1", () => machine.must(`${setUp}; echo there`), 120);
      const arrives = machine.must(`timeout 60 tcpdump -ni eth1 -c 1 'tcp dst port ${metricsPort}'`);
      const ask = () => fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(15_000) });
      const [first, second] = [await ask().catch(() => undefined), await ask().catch(() => undefined)];
      assert.match(await arrives, String(metricsPort));
      await machine.must("ip link set eth1 down");
      assert.equal([first, second], [undefined, undefined]);
    },
  );

  probe("one message says that it is unhealthy, and one that it is healthy again", async (machine) => {
    await machine.must("systemctl stop prometheus-node-exporter; systemctl start honeypot-health");
    assert.is(received("/hook").length, 1);
    assert.match(received("/hook")[0]?.body ?? "", "the node exporter is not running");
    assert.equal(received("/beat"), []);
    await machine.must("systemctl start prometheus-node-exporter; systemctl start honeypot-health");
    await waitFor("the second message", async () => received("/hook").length === 2);
    assert.ok(received("/beat").length > 0);
  });

  probe("none of this is captured", async (machine) => {
    const own = new URL(receiver.origin).port;
    const packets = await machine.must(
      `for file in /var/lib/honeypot/dumps/*.pcap*; do tcpdump -nr "$file" 'tcp port ${metricsPort} or tcp port ${own}' 2>/dev/null; done`,
    );
    assert.is(packets, "");
  });

  sensor(`${release}: the machine is turned off`, async () => {
    await subject.dispose();
    await receiver?.stop();
  });
}

sensor.run();
