import { isOnLink } from "../plan/on-link.ts";
import type { Plan } from "../plan/plan.ts";
import type { NetworkPlan } from "../plan/resolve-network.ts";
import { stringifyYaml } from "./yaml.ts";

/** Network configuration version 2; `undefined` if the settings use only DHCP. */
export function networkConfig(plan: Plan): string | undefined {
  const { network } = plan;
  if (network === undefined) return undefined;
  return stringifyYaml({ version: 2, ethernets: { [network.interface]: staticAddresses(network) } });
}

/** The entry of a device with static addresses in version 2. */
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
