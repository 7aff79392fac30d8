import * as assert from "uvu/assert";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { adminPort, type Probe } from "../../support/sensor-under-test.ts";

/** DShield's firewall with ours: what a stranger finds, what is kept of the visit, and that a reboot changes nothing. */
export function firewallProbes(probe: Probe): void {
  probe("the loaded firewall is DShield's and ours, for both families", async (machine) => {
    assert.is(await machine.must("/opt/honeypot/scripts/firewall.sh --check"), "");
    assert.match(
      await machine.must("honeypot-status"),
      /^ok firewall +loaded, with the admin port for 10\.0\.2\.0\/24$/m,
    );
    assert.match(await machine.must("iptables --list-rules INPUT | head -1"), "-P INPUT DROP");
    assert.match(await machine.must("nft list table ip6 honeypot_firewall"), "policy drop");
  });

  probe("a stranger finds the honeypot's ports, and no other", async (machine) => {
    await machine.must(setUp);
    assert.is(await machine.must(scan), honeypot);
  });

  probe(
    "the firewall log and the capture have the stranger's visit, also at the closed admin port",
    async (machine) => {
      await waitFor("the firewall log", async () => {
        const { code } = await machine.run(
          `grep -q 'SRC=${stranger} .*DPT=${adminPort} ' /var/log/dshield.log`,
        );
        return code === 0;
      });
      assert.match(
        await machine.must("grep -c 'DSHIELDINPUT.*SRC=203.0.113.9' /var/log/dshield.log"),
        /^[1-9]/,
      );
      const seen = `for file in /var/lib/honeypot/dumps/*.pcap; do tcpdump -n -r "$file" 'host ${stranger} and dst port 23' 2>/dev/null; done | wc -l`;
      assert.match(await machine.must(seen), /^[1-9]/);
    },
  );

  probe("a firewall that was flushed with its policy left to drop comes back by itself", async (machine) => {
    await machine.must(
      "iptables --flush; iptables --table nat --flush; ! /opt/honeypot/scripts/firewall.sh --check >/dev/null; /opt/honeypot/scripts/reapply.sh",
    );
    assert.is(await machine.must("/opt/honeypot/scripts/firewall.sh --check"), "");
  });

  probe("after a reboot all of it is as it was", async (machine) => {
    const rules =
      "iptables-save | grep -v '^[#:]'; nft list table ip6 honeypot_firewall; nft list table inet honeypot_admin";
    const before = await machine.must(rules);
    await machine.reboot();
    await waitFor(
      "the firewall",
      async () => (await machine.run("/opt/honeypot/scripts/firewall.sh --check")).code === 0,
    );
    assert.is(await machine.must(rules), before);
    await machine.must(setUp);
    await waitFor("the honeypot", async () => (await machine.must(scan)) === honeypot);
  });
}

const stranger = "203.0.113.9";
// What upstream redirects to the honeypot, and where that listens. 8443 it does not let in.
const honeypot = "22 23 80 2222 2223 2323 5555 7547 8000 8080 9000\n";

// Packets of a network namespace come in by eth0, as those of the Internet do, whatever QEMU's own network is.
const setUp = `
modprobe --all veth act_mirred cls_matchall sch_ingress
ip netns add stranger
ip link add toward type veth peer name wire netns stranger
ip address add 203.0.113.1/24 dev toward
ip link set toward up
ip -n stranger address add ${stranger}/24 dev wire
ip -n stranger link set wire up
tc qdisc add dev toward ingress
tc filter add dev toward parent ffff: protocol ip matchall action mirred ingress redirect dev eth0
`;

const program = `
import select, socket
ports = sorted({*range(1, 200), 443, 2222, 2223, 2323, 5555, 7547, 8000, 8080, 8443, 9000, 9999, ${adminPort}})
waiting, found = {}, []
for port in ports:
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("203.0.113.1", port))
    waiting[s] = port
while True:
    ready = select.select([], list(waiting), [], 4)[1]
    if not ready: break
    for s in ready:
        port = waiting.pop(s)
        if s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0: found.append(port)
        s.close()
print(*sorted(found))
`;
const scan = `ip netns exec stranger python3 -c '${program}'`;
