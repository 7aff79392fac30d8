import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  fromOutside,
  greets,
  load,
  plain,
  right,
  whoMayKnock,
  withFirewall,
} from "../support/firewall-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Firewalls that other programs have changed, and the older iptables; the machine is that of firewall.test.ts.

const firewall = suite("templates/firewall-repair");
const test = needs(...machineTools, "sshd", "nft", "iptables-restore", "xargs");

const floods: readonly (readonly [name: string, command: string])[] = [
  ["flushed, with the policy left to drop all", "iptables --flush; iptables --table nat --flush"],
  ["loaded by upstream without ours", "iptables-restore /etc/network/iptables"],
  [
    "of an update that rewrote it",
    "cp /upstream /etc/network/iptables; iptables-restore /etc/network/iptables",
  ],
  ["taken away with all of nftables", "nft flush ruleset"],
];
for (const [name, command] of floods)
  test(firewall, `a firewall ${name} is noticed, and put right`, () =>
    withFirewall(plain, async (machine, reach) => {
      await machine.must(`cp /etc/network/iptables /upstream; ${whoMayKnock} && ${load}; ${command}`);
      assert.is((await machine.run(`${load} --check`)).code, 1);
      await machine.must(`${whoMayKnock} && ${load}`);
      assert.is(await reach(), right);
      assert.is(await machine.must(`${load} --check`), "");
    }),
  );

// Some hosts still have the older iptables, whose rules nft does not see. Debian ships both, and the admin chooses.
const legacy: ReturnType<typeof needs> = lacksLegacy()
  ? (suite, name, body) => {
      process.stdout.write(`  skipped: ${name} (this kernel has no older iptables)\n`);
      suite.skip(name, body);
    }
  : needs(...machineTools, "sshd", "nft", "iptables-legacy", "update-alternatives", "xargs");
const choose = "update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy";

legacy(firewall, "with the older iptables it is the same, and a second run changes nothing", () =>
  withFirewall(plain, async (machine, reach) => {
    await machine.must(`${choose}; ${whoMayKnock} && ${load}`);
    assert.is(await reach(), right);
    assert.is(await machine.must(`${fromOutside} ${greets(22)}`), "greets\n", "the honeypot, redirected");
    assert.match(await machine.must("iptables-legacy --list-rules INPUT"), "-P INPUT DROP");
    assert.not.match(await machine.must("nft list ruleset"), "LOCALINPUT");
    assert.is(await machine.must(`${load} --check`), "");
    assert.equal(await machine.run(load), { code: 0, stdout: "", stderr: "" });
  }),
);

for (const [name, command] of floods.slice(0, 3))
  legacy(firewall, `with the older iptables, a firewall ${name} is put right, too`, () =>
    withFirewall(plain, async (machine, reach) => {
      await machine.must(
        `${choose}; cp /etc/network/iptables /upstream; ${whoMayKnock} && ${load}; ${command}`,
      );
      assert.is((await machine.run(`${load} --check`)).code, 1);
      await machine.must(load);
      assert.is(await reach(), right);
      assert.is(await machine.must(`${load} --check`), "");
    }),
  );

firewall.run();

// A kernel may lack its tables; `needs` reports a missing program.
function lacksLegacy(): boolean {
  const look = "iptables-legacy --list && iptables-legacy --table nat --list";
  const { status } = spawnSync("unshare", ["--net", "sh", "-c", look]);
  return status !== 0 && status !== 127 && status !== null;
}
