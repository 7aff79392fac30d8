import { rangeText } from "../artifacts/guides/openings.ts";
import type { FirewallRule } from "../artifacts/tofu/firewall.ts";
import type { Ec2Plan } from "../plan/ec2-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { isV6, rulesOf } from "./rules.ts";
import { reachesOf } from "./sensor-of.ts";

/** The outgoing traffic that `launch` would allow, for another engine: one rule for each protocol and port. */
export function outgoing(plan: Plan, ec2: Ec2Plan): readonly FirewallRule[] {
  const { egress } = rulesOf({ admin: plan.admin, reaches: reachesOf(plan), ec2 });
  const rules = new Map<string, FirewallRule>();
  for (const { protocol, from = null, to = null, cidr } of egress) {
    const key = `${protocol} ${from} ${to}`;
    const { v4 = [], v6 = [] } = rules.get(key) ?? {};
    rules.set(key, {
      protocol,
      first: from,
      last: to,
      ports: from === null || to === null ? null : rangeText([from, to]),
      v4: isV6(cidr) ? v4 : [...v4, cidr],
      v6: isV6(cidr) ? [...v6, cidr] : v6,
    });
  }
  return [...rules.values()];
}
