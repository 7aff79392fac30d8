import { withNeighbour } from "./admin-machine.ts";
import type { Machine } from "./machine.ts";
import { upstreamFirewall } from "./upstream-firewall.ts";

export type Rules = Parameters<typeof upstreamFirewall>[0];

export const whoMayKnock = "/opt/honeypot/scripts/admin-access.sh";
export const load = "/opt/honeypot/scripts/firewall.sh";
const admins = "198.51.100.0/24 2001:db8:1::/48";
export const plain = { device: "inside", localNet: "10.0.0.0/8" };
export const right = "allowed4 allowed6 honeypot lo4 lo6\n";
export const fromOutside = 'nsenter --target "$(cat /run/neighbour)" --net';

/** A command that connects to a port and prints `greets` if an SSH server answers. */
export function greets(port: number | string, address = "203.0.113.1"): string {
  return `timeout 3 bash -c 'read -r line <"/dev/tcp/$0/$1" && [[ $line == SSH-* ]] && echo greets' ${address} ${port} 2>/dev/null`;
}

/** A machine with the neighbour of {@link withNeighbour} and the firewall file of upstream. */
export async function withFirewall(
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
