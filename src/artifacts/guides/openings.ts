import type { Plan } from "../../plan/plan.ts";
import { canonicalNetwork } from "../../values/addresses.ts";

/** The traffic that a provider's firewall lets through: a honeypot's ports are open to everyone, the admin port is not. */
export type Openings = {
  /** Ranges of TCP ports for everyone: first and last port. UDP and ICMP are open as a whole. */
  readonly tcp: readonly (readonly [first: number, last: number])[];
  readonly adminPort: number;
  /** Networks that reach the admin port; none if everyone does. */
  readonly admin: { readonly v4: readonly string[]; readonly v6: readonly string[] };
};

export const everyone = { v4: "0.0.0.0/0", v6: "::/0" } as const;

export function openingsOf({ sshPort, allowFrom }: Plan["admin"]): Openings {
  if (allowFrom === "anywhere")
    return { tcp: [[1, lastPort]], adminPort: sshPort, admin: { v4: [], v6: [] } };
  const networks = allowFrom.map((network) => canonicalNetwork(network) ?? network);
  const ranges = [
    [1, sshPort - 1],
    [sshPort + 1, lastPort],
  ] as const;
  return {
    tcp: ranges.filter(([first, last]) => first <= last),
    adminPort: sshPort,
    admin: {
      v4: networks.filter((network) => !network.includes(":")),
      v6: networks.filter((network) => network.includes(":")),
    },
  };
}

const lastPort = 65_535;

/** One rule for tools that take one protocol, one range and one network at a time. */
export type Rule = {
  readonly family: "v4" | "v6";
  readonly protocol: "tcp" | "udp" | "icmp";
  /** First and last port; absent for ICMP. */
  readonly ports?: readonly [first: number, last: number];
  readonly network: string;
};

export function rulesOf({ tcp, adminPort, admin }: Openings): readonly Rule[] {
  return (["v4", "v6"] as const).flatMap((family) => {
    const all = { family, network: everyone[family] };
    return [
      ...tcp.map((ports): Rule => ({ ...all, protocol: "tcp", ports })),
      { ...all, protocol: "udp" as const, ports: [1, lastPort] as const },
      { ...all, protocol: "icmp" as const },
      ...admin[family].map(
        (network): Rule => ({ family, protocol: "tcp", ports: [adminPort, adminPort], network }),
      ),
    ];
  });
}

/** `22` or `1-12221`, with the provider's own separator. */
export function rangeText([first, last]: readonly [number, number], separator = "-"): string {
  return first === last ? String(first) : `${first}${separator}${last}`;
}
