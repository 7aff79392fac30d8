import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  fromOutside,
  greets,
  load,
  plain,
  type Rules,
  right,
  whoMayKnock,
  withFirewall,
} from "../support/firewall-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Real iptables and nft in a network namespace, and a neighbour with addresses in admin networks and in others.

const firewall = suite("templates/firewall");
const test = needs(...machineTools, "sshd", "nft", "iptables-restore", "xargs");

const upstreamLoad =
  "iptables-restore /etc/network/iptables && iptables-restore --noflush /etc/network/iptables.local";

const mistakes: readonly (readonly [name: string, rules: Rules])[] = [
  ["with the one local network it found", { device: "inside", localNet: "10.0.0.0/8" }],
  ["without any local network (a VPS with a /32)", { device: "inside", localNet: "" }],
  ["with two local networks on two lines", { device: "inside", localNet: "10.0.0.0/8\n192.0.2.0/24" }],
  ["with the provider's whole network as a friend", { device: "inside", localNet: "203.0.113.0/24" }],
  [
    "with a stranger that was connected at the time",
    { device: "inside", localNet: "10.0.0.0/8", connected: ["203.0.113.9"] },
  ],
  ["with another admin port than sshd's", { device: "inside", localNet: "10.0.0.0/8", adminPort: 22 }],
  ["with a device that is gone", { device: "eth7", localNet: "10.0.0.0/8" }],
];
for (const [name, rules] of mistakes)
  test(firewall, `rules ${name} admit only the admin networks`, () =>
    withFirewall(rules, async (machine, reach) => {
      await machine.must(`${whoMayKnock} && ${load}`);
      assert.is(await reach(), right);
      assert.is(await machine.must(`${fromOutside} ${greets(22)}`), "greets\n", "the honeypot, redirected");
      assert.is(await machine.must(`${load} --check`), "");
    }),
  );

test(firewall, "upstream's own loaders may come at any time", () =>
  withFirewall(plain, async (machine, reach) => {
    await machine.must(`${whoMayKnock} && ${load} && ${upstreamLoad}`);
    assert.is(await reach(), right);
    assert.is(await machine.must(`${load} --check`), "");
  }),
);

test(firewall, "IPv6 has the same policy: the admin port and nothing else", () =>
  withFirewall(plain, async (machine) => {
    const knock = `for port in 12222 2222; do ${fromOutside} ${greets("$port", "2001:db8:1::1")} && echo $port; done; true`;
    assert.is(await machine.must(knock), "greets\n12222\ngreets\n2222\n");
    await machine.must(`${whoMayKnock} && ${load}`);
    assert.is(await machine.must(knock), "greets\n12222\n");
  }),
);

test(firewall, "a second run changes nothing and prints nothing", () =>
  withFirewall(plain, async (machine) => {
    const { stderr } = await machine.run(load);
    assert.match(
      stderr,
      /loaded, changed \/etc\/network\/iptables \/etc\/network\/iptables\.local, was missing: /,
    );
    const look = "find /etc/network -type f -printf '%p %i %m %T@\n' | sort; nft -a list ruleset";
    const before = await machine.must(look);
    assert.equal(await machine.run(load), { code: 0, stdout: "", stderr: "" });
    // Each reload creates the table again, with new handles.
    assert.is(handles(await machine.must(look)), handles(before));
  }),
);

test(firewall, "the user's own rules stay, above ours", () =>
  withFirewall(plain, async (machine) => {
    const own = "# the VPN\n*filter\n-I INPUT 1 -i wg0 -j ACCEPT\nCOMMIT\n";
    await machine.write("/etc/network/iptables.local", own);
    await machine.must(`${load}; ${load}`);
    assert.ok((await machine.must("cat /etc/network/iptables.local")).startsWith(own));
    assert.match(await machine.must("iptables --list-rules INPUT"), "-A INPUT -i wg0 -j ACCEPT");
    assert.is(await machine.must("grep -c '^# honeypot' /etc/network/iptables.local"), "1\n");
  }),
);

test(firewall, "a mistake in the user's own rules is reported, and locks no admin out", () =>
  withFirewall(plain, async (machine, reach) => {
    await machine.write("/etc/network/iptables.local", "*filter\n-I INPUT -s nowhere -j ACCEPT\nCOMMIT\n");
    const { code, stderr } = await machine.run(`${whoMayKnock} && ${load}`);
    assert.is(code, 1);
    assert.match(stderr, /loaded without your own lines in iptables\.local: .*nowhere/s);
    assert.is(await reach(), right);
    assert.match(
      await machine.must("cat /var/lib/honeypot/state/firewall.last"),
      " failed loaded without your own",
    );
  }),
);

test(firewall, "rules that iptables refuses are not loaded, and those that are there stay", () =>
  withFirewall(plain, async (machine, reach) => {
    await machine.must(`${whoMayKnock} && ${load}; sed -i 's/REDIRECT/REDIRET/' /etc/network/iptables`);
    const { code, stderr } = await machine.run(load);
    assert.is.not(code, 0);
    assert.match(stderr, "not loaded: ");
    assert.is(await reach(), right);
  }),
);

test(firewall, "nothing is loaded when sshd's port is another", () =>
  withFirewall(plain, async (machine) => {
    await machine.must("sed -i 's/^Port 12222/Port 22/' /etc/ssh/sshd_config");
    const { code, stderr } = await machine.run(load);
    assert.is(code, 1);
    assert.match(stderr, "not loaded: it would open port 12222, but sshd has port 22");
    assert.is(
      await machine.must("iptables --list-rules"),
      "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n",
    );
    assert.not(await machine.must("ls /etc/network").then((names) => names.includes("local")));
  }),
);

test(firewall, "a sensor without DShield has none of it", () =>
  withFirewall(plain, async (machine) => {
    await machine.must("rm /etc/network/iptables");
    assert.equal(await machine.run(`${load} && ${load} --check`), { code: 0, stdout: "", stderr: "" });
    assert.is(await machine.must("nft list ruleset"), "");
  }),
);

test(firewall, "sessions of the admins are not logged as attacks, those of others are", () =>
  withFirewall(plain, async (machine) => {
    // The kernel drops log messages of a network namespace, so the test reads the rule's counter.
    await machine.must(`${load}; ${fromOutside} ${greets(12222, "198.51.100.1")}`);
    const logged = "iptables -t nat -L DSHIELDLOG -nvx | awk '$3 == \"LOG\" { print $1 }'";
    assert.is(await machine.must(logged), "0\n");
    await machine.must(`${fromOutside} ${greets(22)}`);
    assert.is(await machine.must(logged), "1\n");
  }),
);

firewall.run();

function handles(text: string): string {
  return text.replace(/ # handle \d+/g, "");
}
