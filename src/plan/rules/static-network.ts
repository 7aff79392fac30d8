import { familyOf, isInNetwork } from "../../values/addresses.ts";
import type { Finding, Rule } from "../rule.ts";

/** A static address needs its device, and gateways that can be reached from it, one for each family. */
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
        message: `a second gateway for IPv${family}; there is one default route`,
      });
    else if (
      plan.network &&
      !gateway.toLowerCase().startsWith("fe80:") &&
      !plan.network.addresses.some((address) => isInNetwork(gateway, address))
    )
      findings.push({
        code: "network/no-route",
        at,
        message: `the gateway ${gateway} is in none of the sensor's networks`,
        hint: "check the prefix length of addresses",
      });
  }
  return findings;
};
