import { isOnLink } from "../plan/on-link.ts";
import type { NetworkPlan, Plan } from "../plan/plan.ts";
import { stringifyYaml } from "./yaml.ts";

/** Network configuration version 2, or `undefined` where the settings ask for nothing but DHCP. */
export function networkConfig(plan: Plan): string | undefined {
  const { network } = plan;
  if (network === undefined) return undefined;
  return stringifyYaml({ version: 2, ethernets: { [network.interface]: staticAddresses(network) } });
}

/** What version 2 says of a device with static addresses. */
export function staticAddresses(network: NetworkPlan) {
  const { addresses, gateways, nameservers } = network;
  return {
    dhcp4: false,
    addresses,
    ...(gateways.length > 0 && {
      routes: gateways.map((via) => ({
        to: via.includes(":") ? "::/0" : "0.0.0.0/0",
        via,
        ...(isOnLink(network, via) && { "on-link": true }),
      })),
    }),
    ...(nameservers.length > 0 && { nameservers: { addresses: nameservers } }),
  };
}
