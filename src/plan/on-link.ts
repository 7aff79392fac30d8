import { isInNetwork } from "../values/addresses.ts";

/**
 * Whether a gateway is in none of the sensor's networks, as with providers that assign single addresses (Hetzner, OVH,
 * Scaleway). The kernel refuses such a route unless the route declares the gateway as on-link.
 */
export function isOnLink(network: { readonly addresses: readonly string[] }, gateway: string): boolean {
  // Link-local gateways are on every link.
  if (gateway.toLowerCase().startsWith("fe80:")) return false;
  return !network.addresses.some((address) => isInNetwork(gateway, address));
}
