import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Change, changedSensor, inside } from "../support/changed-sensor.ts";
import { releasesToBoot } from "../support/sensor-under-test.ts";

// Changes of a running sensor that would lock the admin out revert by themselves.

const test = suite("apply: lock-outs");

const lockOuts: readonly Change[] = [
  ["another network", inside("admin", { allow_from: ["192.0.2.0/24"] })],
  ["IPv6 only", inside("admin", { allow_from: ["2001:db8::/32"] })],
  ["another key", inside("admin", { ssh_keys: [{ file: "other.pub" }] })],
  ["an unreachable port", inside("admin", { ssh_port: 12224 }), ["--login", ":12222"]],
  [
    "an unreachable port and another key",
    inside("admin", { ssh_port: 12224, ssh_keys: [{ file: "other.pub" }] }),
    ["--login", ":12222"],
  ],
  [
    "another user with another key",
    inside("admin", { user: "other", ssh_keys: [{ file: "other.pub" }] }),
    ["--login", "analyst@"],
  ],
  [
    "another port and network",
    inside("admin", { ssh_port: 12223, allow_from: ["192.0.2.0/24"] }),
    ["--login", ":12222"],
  ],
  ["no host of the network", inside("admin", { allow_from: ["10.0.2.1"] })],
  ["a port that another firewall drops", inside("admin", { ssh_port: 12223 }), ["--login", ":12222"]],
  [
    "another network and user",
    inside("admin", { user: "other", allow_from: ["192.0.2.0/24"] }),
    ["--login", "analyst@"],
  ],
];

for (const release of releasesToBoot()) {
  const sensor = changedSensor(test, release);

  for (const [name, change, words = []] of lockOuts)
    sensor.test(`reverts ${name}`, async (machine) => {
      // The machine's own login, with which it tests the port, does not meet this firewall.
      if (name.includes("firewall"))
        await machine.must(
          "nft 'table inet other { chain first { type filter hook prerouting priority -200; iifname != lo tcp dport 12223 drop; }; }'",
        );
      const { code, stdout, stderr } = await sensor.run("apply", change(sensor.settings), [
        "--yes",
        "--revert-after",
        "60",
        ...words,
      ]);
      assert.is(code, 3, stderr);
      assert.match(stdout.toString(), /failed: reverted: no new login confirmed the change/);
      await sensor.assertLikeFirstBoot(sensor.settings);
      // Nothing but the report of the failed change.
      const { stdout: report } = await machine.run("honeypot-status");
      assert.equal(report.toString().match(/^!! \w+/gm), ["!! apply"]);
      await machine.run("nft delete table inet other");
    });

  sensor.turnOff();
}

test.run();
