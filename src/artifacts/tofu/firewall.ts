import type { Plan } from "../../plan/plan.ts";
import { everyone, openingsOf, rangeText } from "../guides/openings.ts";

/** Traffic that a provider's firewall allows. */
export type FirewallRule = {
  readonly protocol: string;
  /** First and last port, and both as text (`1-12221`, `12222`); `null` for protocols without ports. */
  readonly first: number | null;
  readonly last: number | null;
  readonly ports: string | null;
  /** The networks of the other side. */
  readonly v4: readonly string[];
  readonly v6: readonly string[];
};

/** The incoming traffic of a sensor: the honeypot is open to everyone, the admin port to the admin networks. */
export function incoming(admin: Plan["admin"]): readonly FirewallRule[] {
  const { tcp, adminPort, admin: networks } = openingsOf(admin);
  const all = { v4: [everyone.v4], v6: [everyone.v6] };
  return [
    ...tcp.map((range) => withPorts("tcp", range, all)),
    withPorts("udp", [1, 65_535], all),
    { protocol: "icmp", first: null, last: null, ports: null, ...all },
    ...(networks.v4.length + networks.v6.length === 0
      ? []
      : [withPorts("tcp", [adminPort, adminPort], networks)]),
  ];
}

function withPorts(
  protocol: string,
  [first, last]: readonly [number, number],
  { v4, v6 }: Pick<FirewallRule, "v4" | "v6">,
): FirewallRule {
  return { protocol, first, last, ports: rangeText([first, last]), v4, v6 };
}
