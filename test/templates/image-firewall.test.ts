import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, withNeighbour } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Real firewalls as in images, and a neighbour with addresses in admin networks and in others.

const firewalls = suite("the image's own firewall");
const test = needs(...machineTools, "sshd", "nft", "iptables-restore");
const load = "/opt/honeypot/scripts/admin-access.sh";

// The INPUT rules of Oracle's Ubuntu images.
const oracle = `*filter
:INPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
COMMIT
`;
const drops = `table inet image {
  chain incoming { type filter hook input priority filter; policy drop; iif lo accept; icmpv6 type != echo-request accept; }
}
`;
const blocked = "lo4 lo6\n";
const foreignFirewalls: readonly (readonly [name: string, prepare: string, before: string, marks: number])[] =
  [
    [
      "iptables (Oracle's images)",
      "iptables-restore /oracle; sed s/icmp-host/icmp6-adm/ /oracle | grep -v 'p icmp' | ip6tables-restore; ip6tables -I INPUT -p icmpv6 -j ACCEPT",
      blocked,
      2,
    ],
    [
      "iptables' policy",
      "iptables -A INPUT -i lo -j ACCEPT; iptables -P INPUT DROP",
      "allowed6 lo4 lo6 refused6\n",
      1,
    ],
    ["nftables, with an own table", "nft -f /drops", blocked, 1],
  ];
for (const [name, prepare, before, marks] of foreignFirewalls)
  test(firewalls, `${name}: opens the admin port, once, and only from the admin networks`, () =>
    withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine, reach) => {
      await machine.write("/oracle", oracle);
      await machine.write("/drops", drops);
      await machine.must(prepare);
      assert.is(await reach(), before);
      await machine.must(`${load} && ${load}`);
      assert.is((await reach()).replace(" honeypot", ""), "allowed4 allowed6 lo4 lo6\n");
      const rules =
        "iptables --list-rules INPUT; ip6tables --list-rules INPUT; nft list chain inet image incoming || true";
      assert.is((await machine.must(rules)).match(/comment "?honeypot/g)?.length, marks);
    }),
  );

needs(
  ...machineTools,
  "sshd",
  "nft",
  "ufw",
)(firewalls, "ufw lets the admin port pass, also after it is loaded again", () =>
  withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine, reach) => {
    await machine.must("ufw allow 22/tcp; ufw deny 12222; ufw --force enable");
    assert.is(await reach(), blocked);
    await machine.must(`${load} && ${load}`);
    assert.is(await reach(), "allowed4 allowed6 lo4 lo6\n");
    await machine.must("ufw reload");
    assert.is(await reach(), "allowed4 allowed6 lo4 lo6\n");
  }),
);

needs(
  ...machineTools,
  "sshd",
  "nft",
  "ufw",
  "iptables-restore",
)(firewalls, "another admin port is opened, and the rules of the one before are removed", () =>
  withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine) => {
    await machine.write("/oracle", oracle);
    await machine.write("/drops", drops);
    const rules = `ufw status; iptables --list-rules INPUT; ip6tables --list-rules INPUT; nft list chain inet image incoming`;
    for (const prepare of [
      "iptables-restore /oracle; sed s/icmp-host/icmp6-adm/ /oracle | ip6tables-restore; nft -f /drops",
      "nft delete table inet image; nft -f /drops; iptables -F; ip6tables -F; ufw --force enable",
    ]) {
      await configure(machine, { ADMIN_ALLOW_FROM: "198.51.100.0/24" });
      await machine.must(`${prepare}; ${load}`);
      assert.match(await machine.must(rules), /12222/);
      await configure(machine, { ADMIN_ALLOW_FROM: "198.51.100.0/24", ADMIN_SSH_PORT: "12223" });
      const { code, stderr } = await machine.run(load);
      assert.is(code, 0, stderr);
      assert.match(stderr, "port 12222 is no longer used");
      const after = await machine.must(rules);
      assert.not.match(after, /12222/);
      assert.ok((after.match(/12223/g) ?? []).length >= 3, after);
      assert.is((await machine.run(load)).stderr, "");
    }
  }),
);

// firewalld needs the D-Bus of a booted machine.
test(firewalls, "firewalld is asked to let the admin port pass, now and from now on, in each zone", () =>
  withNeighbour("198.51.100.0/24", async (machine) => {
    await machine.write(
      "/usr/local/bin/firewall-cmd",
      `#!/bin/bash
case "$*" in
  *--state) ;;
  --get-default-zone) echo public ;;
  --get-active-zones) printf 'drop (default)\\n  interfaces: inside\\n' ;;
  *) echo "$*" >>/asked ;;
esac
`,
      "0755",
    );
    await machine.must(load);
    assert.equal((await machine.must("cat /asked")).trim().split("\n"), [
      "--quiet --permanent --zone=public --add-port=12222/tcp",
      "--quiet --timeout=0 --zone=public --add-port=12222/tcp",
      "--quiet --permanent --zone=drop --add-port=12222/tcp",
      "--quiet --timeout=0 --zone=drop --add-port=12222/tcp",
    ]);
  }),
);

firewalls.run();
