import type { Plan } from "../plan/plan.ts";
import { stringifyYaml } from "./yaml.ts";

/** Network configuration version 2, or `undefined` where the settings ask for nothing but DHCP. */
export function networkConfig(plan: Plan): string | undefined {
  const { network } = plan;
  if (network === undefined) return undefined;
  return stringifyYaml({
    version: 2,
    ethernets: {
      [network.interface]: {
        dhcp4: false,
        addresses: network.addresses,
        ...(network.gateways.length > 0 && {
          routes: network.gateways.map((via) => ({ to: via.includes(":") ? "::/0" : "0.0.0.0/0", via })),
        }),
        ...(network.nameservers.length > 0 && { nameservers: { addresses: network.nameservers } }),
      },
    },
  });
}
