import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withNeighbour } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { upstreamFirewall } from "../support/upstream-firewall.ts";

// Real iptables and nft in a network namespace; a neighbour with addresses in admin networks and in others knocks.

const firewall = suite("DShield's firewall and ours");
const test = needs(...machineTools, "sshd", "nft", "iptables-restore", "xargs");

type Rules = Parameters<typeof upstreamFirewall>[0];

const whoMayKnock = "/opt/honeypot/scripts/admin-access.sh";
const load = "/opt/honeypot/scripts/firewall.sh";
const upstreamLoad =
  "iptables-restore /etc/network/iptables && iptables-restore --noflush /etc/network/iptables.local";
const admins = "198.51.100.0/24 2001:db8:1::/48";
const plain = { device: "inside", localNet: "10.0.0.0/8" };
const right = "allowed4 allowed6 honeypot lo4 lo6\n";
const fromOutside = 'nsenter --target "$(cat /run/neighbour)" --net';

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
  test(firewall, `rules ${name} let in the admin networks and nobody else`, () =>
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

test(firewall, "a second run changes nothing, and says nothing", () =>
  withFirewall(plain, async (machine) => {
    const { stderr } = await machine.run(load);
    assert.match(
      stderr,
      /loaded, changed \/etc\/network\/iptables \/etc\/network\/iptables\.local, was missing: /,
    );
    const look = "find /etc/network -type f -printf '%p %i %m %T@\n' | sort; nft -a list ruleset";
    const before = await machine.must(look);
    assert.equal(await machine.run(load), { code: 0, stdout: "", stderr: "" });
    // nft gives new handles to the table that is laid anew each time.
    assert.is(handles(await machine.must(look)), handles(before));
  }),
);

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
    // A log in a network namespace goes nowhere: its counter tells.
    await machine.must(`${load}; ${fromOutside} ${greets(12222, "198.51.100.1")}`);
    const logged = "iptables -t nat -L DSHIELDLOG -nvx | awk '$3 == \"LOG\" { print $1 }'";
    assert.is(await machine.must(logged), "0\n");
    await machine.must(`${fromOutside} ${greets(22)}`);
    assert.is(await machine.must(logged), "1\n");
  }),
);

// Some hosts still have the older iptables, whose rules nft does not see. Debian ships both, and lets the admin choose.
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

// A kernel may be built without its tables; where the program is missing `needs` says so.
function lacksLegacy(): boolean {
  const look = "iptables-legacy --list && iptables-legacy --table nat --list";
  const { status } = spawnSync("unshare", ["--net", "sh", "-c", look]);
  return status !== 0 && status !== 127 && status !== null;
}

function greets(port: number | string, address = "203.0.113.1"): string {
  return `timeout 3 bash -c 'read -r line <"/dev/tcp/$0/$1" && [[ $line == SSH-* ]] && echo greets' ${address} ${port} 2>/dev/null`;
}

function handles(text: string): string {
  return text.replace(/ # handle \d+/g, "");
}

async function withFirewall(
  rules: Rules,
  body: (machine: Machine, reach: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await withNeighbour(admins, async (machine, reach) => {
    await machine.must(`sed -i '/^Port 2222$/d' /etc/ssh/sshd_config; mkdir -p /var/lib/honeypot/state
      ip route add default via 203.0.113.9 dev inside`);
    await machine.write("/etc/network/iptables", upstreamFirewall(rules), "0700");
    await body(machine, reach);
  });
}
