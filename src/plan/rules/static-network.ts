import { familyOf } from "../../values/addresses.ts";
import { isOnLink } from "../on-link.ts";
import type { Finding, Rule } from "../rule.ts";

/** A static address needs its device and reachable gateways, at most one for each family. */
export const staticNetwork: Rule = ({ plan, settings }) => {
  const { network } = settings;
  if (network === undefined) return [];
  const findings: Finding[] = [];
  const isStatic =
    network.addresses !== undefined || network.gateways !== undefined || network.nameservers !== undefined;
  for (const key of ["interface", "addresses"] as const)
    if (network[key] === undefined && (isStatic || network.interface !== undefined))
      findings.push({
        code: "settings/missing-key",
        at: ["network", key],
        message: `${key} is missing; a static network needs it`,
      });
  for (const [index, gateway] of (network.gateways ?? []).entries()) {
    const at = ["network", "gateways", index];
    const family = familyOf(gateway);
    if (network.gateways?.slice(0, index).some((other) => familyOf(other) === family))
      findings.push({
        code: "settings/invalid-value",
        at,
        message: `this is a second gateway for IPv${family}, but there is only one default route`,
      });
    else if (plan.network && isOnLink(plan.network, gateway))
      findings.push(
        ...outside(
          gateway,
          at,
          plan.network.addresses.filter((own) => familyOf(own) === family),
        ),
      );
  }
  return findings;
};

// A single address has no network, so its gateway is always outside. Otherwise this is rare, or a wrong prefix length.
function outside(gateway: string, at: Finding["at"], addresses: readonly string[]): readonly Finding[] {
  const code = "network/no-route";
  if (addresses.length === 0)
    return [
      {
        code,
        at,
        message: `the sensor has no IPv${familyOf(gateway)} address for the gateway ${gateway}`,
      },
    ];
  if (addresses.some((address) => /\/(32|128)$/.test(address))) return [];
  return [
    {
      code,
      at,
      message: `the gateway ${gateway} is in none of the sensor's networks; sensorbake assumes that it is on the same link`,
      hint: "check the prefix length of addresses, unless your provider assigns such a gateway",
    },
  ];
}
