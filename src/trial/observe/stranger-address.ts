import { isInNetwork } from "../../values/addresses.ts";

/** Documentation networks (RFC 5737), in which no real machine is. */
const addresses = ["203.0.113.9", "198.51.100.9", "192.0.2.9"];

/** An address outside of the networks, for a machine that must not be let in; `undefined` if they contain them all. */
export function strangerAddress(networks: readonly string[]): string | undefined {
  return addresses.find((address) => !networks.some((network) => isInNetwork(address, network)));
}
