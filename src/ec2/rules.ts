import { canonicalNetwork } from "../values/addresses.ts";
import { shortDigest } from "./digest.ts";
import type { Ec2Sensor, Port } from "./sensor.ts";

/** One rule of a security group: the allowed traffic, and its source or destination. Rules can only allow. */
export type Rule = {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, or `-1` for every protocol. */
  readonly protocol: string;
  /** Ports; for ICMP the type, -1 being every type. Absent when the protocol is -1. */
  readonly from?: number;
  readonly to?: number;
  readonly cidr: string;
};

export type Rules = { readonly ingress: readonly Rule[]; readonly egress: readonly Rule[] };

const everyone = ["0.0.0.0/0", "::/0"] as const;

/** EC2's default quota: rules of one direction and one address family in a group. */
const rulesLimit = 60;

/**
 * The allowed incoming and outgoing traffic. A honeypot needs every port open; a gap in the ranges excludes the admin
 * port, because a group cannot deny.
 */
export function rulesOf(sensor: Pick<Ec2Sensor, "admin" | "reaches"> & Egress): Rules {
  const { sshPort, allowFrom } = sensor.admin;
  const open: readonly (readonly [string, number, number])[] = [
    ...(allowFrom === "anywhere" ? [["tcp", 0, 65_535] as const] : aroundPort(sshPort)),
    ["udp", 0, 65_535],
  ];
  const admin = allowFrom === "anywhere" ? [] : allowFrom.map((cidr) => canonicalNetwork(cidr) ?? cidr);
  return {
    ingress: inOrder([
      ...open.flatMap(([protocol, from, to]) => everyone.map((cidr) => ({ protocol, from, to, cidr }))),
      ...ping,
      ...admin.map((cidr) => ({ protocol: "tcp", from: sshPort, to: sshPort, cidr })),
    ]),
    egress: inOrder(egress(sensor)),
  };
}

type Egress = { readonly ec2: Pick<Ec2Sensor["ec2"], "egress"> };

/** The name of the group with these rules. Different rules get a different name, so a name always means the same. */
export function groupName(rules: Rules): string {
  return `sensorbake-${shortDigest(rules)}`;
}

/** Why EC2 would refuse these rules; `undefined` if it would not. */
export function tooManyRules(rules: Rules): string | undefined {
  for (const [direction, list] of Object.entries(rules))
    for (const [family, count] of [
      ["IPv4", list.filter(({ cidr }) => !isV6(cidr)).length],
      ["IPv6", list.filter(({ cidr }) => isV6(cidr)).length],
    ] as const)
      if (count > rulesLimit)
        return `${count} ${direction} rules for ${family} exceed the ${rulesLimit} of a security group; combine networks in allow_from`;
  return undefined;
}

/** The rules to add and remove to turn `actual` into the wanted rules. */
export function ruleChanges(
  wanted: readonly Rule[],
  actual: readonly Rule[],
): { readonly missing: readonly Rule[]; readonly extra: readonly Rule[] } {
  const has = (list: readonly Rule[], rule: Rule) => list.some((other) => keyOf(other) === keyOf(rule));
  return {
    missing: wanted.filter((rule) => !has(actual, rule)),
    extra: actual.filter((rule) => !has(wanted, rule)),
  };
}

function aroundPort(port: number): (readonly [string, number, number])[] {
  const below = port > 0 ? [["tcp", 0, port - 1] as const] : [];
  const above = port < 65_535 ? [["tcp", port + 1, 65_535] as const] : [];
  return [...below, ...above];
}

const ping: readonly Rule[] = [
  { protocol: "icmp", from: -1, to: -1, cidr: "0.0.0.0/0" },
  { protocol: "icmpv6", from: -1, to: -1, cidr: "::/0" },
];

// Replies to incoming connections are always allowed. Packages and uploads need the web, names and time need 53 and 123.
const needed: readonly Port[] = [
  { protocol: "tcp", port: 53 },
  { protocol: "udp", port: 53 },
  { protocol: "tcp", port: 80 },
  { protocol: "udp", port: 123 },
  { protocol: "tcp", port: 443 },
];

function egress({ ec2, reaches }: Egress & { readonly reaches: readonly Port[] }): readonly Rule[] {
  if (ec2.egress === "anywhere") return everyone.map((cidr) => ({ protocol: "-1", cidr }));
  return [...needed, ...reaches].flatMap(({ protocol, port }) =>
    everyone.map((cidr) => ({ protocol, from: port, to: port, cidr })),
  );
}

function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const byKey = new Map(rules.map((rule) => [keyOf(rule), rule]));
  return [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? []);
}

function keyOf({ protocol, from, to, cidr }: Rule): string {
  // EC2 may return 58 for icmpv6.
  return [protocol === "58" ? "icmpv6" : protocol, from ?? "", to ?? "", cidr].join(" ");
}

/** Whether a network is IPv6. */
export function isV6(cidr: string): boolean {
  return cidr.includes(":");
}
