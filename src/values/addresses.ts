import ipaddr from "ipaddr.js";
import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { yamlWord } from "../diagnostics/yaml-word.ts";

type Address = ReturnType<typeof ipaddr.parse>;

/** The canonical form of an address, e.g. `2001:db8::1`; `undefined` for any other text. */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
}

/** The canonical form of a network; a bare address is a network of one. `undefined` for any other text. */
export function canonicalNetwork(text: string): string | undefined {
  const network = parseNetwork(text);
  return network && `${network.address.toString()}/${network.prefix}`;
}

/** Accepts `192.0.2.7` and `2001:db8::7`; refuses octal, hexadecimal and shortened IPv4, zones, and IPv4 inside IPv6. */
export function complainOfAddress(value: string): Complaint | undefined {
  if (parseAddress(value)) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(value)?.[1];
  return {
    message: `${quoted(value)} is not an IP address`,
    ...(mapped !== undefined && { hint: `write ${mapped}`, fix: yamlWord(mapped) }),
  };
}

/** Accepts a network like `198.51.100.0/24`, or one address; `all` is the hint for a network of every address. */
export function complainOfNetwork(value: string, all: string): Complaint | undefined {
  const network = parseNetwork(value);
  if (!network)
    return {
      message: `${quoted(value)} is not a network`,
      hint: "write an address with a prefix length, e.g. 198.51.100.0/24",
    };
  if (network.prefix === 0) return { message: `${value} is every address`, hint: all };
  const first = firstAddress(network);
  if (first === network.address.toString()) return undefined;
  return {
    message: `${value} has bits set beyond its prefix`,
    hint: `write ${first}/${network.prefix} for the network, ${network.address.toString()} for the address`,
  };
}

/** Accepts an interface's address with its prefix length, like `192.0.2.10/24`. */
export function complainOfInterfaceAddress(value: string): Complaint | undefined {
  const network = value.includes("/") ? parseNetwork(value) : undefined;
  if (!network)
    return {
      message: `${quoted(value)} is not an address with a prefix length`,
      hint: "write it like 192.0.2.10/24",
    };
  if (network.prefix === 0) return { message: `${value} has a prefix length of 0` };
  const bits = network.address.kind() === "ipv4" ? 32 : 128;
  if (network.prefix < bits - 1 && firstAddress(network) === network.address.toString())
    return { message: `${value} is the network itself, not an address in it` };
  return undefined;
}

/** Whether an address is in the network of an interface address like `192.0.2.10/24`. */
export function isInNetwork(address: string, network: string): boolean {
  const [inner, outer] = [parseAddress(address), parseNetwork(network)];
  return (
    inner !== undefined &&
    outer !== undefined &&
    inner.kind() === outer.address.kind() &&
    inner.match(outer.address, outer.prefix)
  );
}

/**
 * The special purpose for which a network or address is reserved; `private` includes link-local.
 * `undefined` for a public one and for any other text.
 */
export function reservationOf(text: string): Reservation | undefined {
  // Remembered: thousands of sensors inherit the same networks.
  if (!reservations.has(text)) reservations.set(text, findReservation(text));
  return reservations.get(text);
}

const reservations = new Map<string, Reservation | undefined>();

function findReservation(text: string): Reservation | undefined {
  const network = parseNetwork(text);
  if (network === undefined) return undefined;
  const found = Object.entries(reserved).find(([, ranges]) =>
    ranges.some(
      (range) =>
        isInNetwork(network.address.toString(), range) && network.prefix >= Number(range.split("/")[1]),
    ),
  );
  // `Object.entries` forgets the names.
  return found?.[0] as Reservation | undefined;
}

export type Reservation = keyof typeof reserved;

/** By the registries of special-purpose addresses (RFC 6890, 5737, 3849, 9637). */
const reserved = {
  loopback: ["127.0.0.0/8", "::1/128"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  documentation: ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"],
} as const;

/** 4 or 6, of a valid address with or without prefix length. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

function parseNetwork(text: string): { address: Address; prefix: number } | undefined {
  const [head = "", tail, ...more] = text.split("/");
  const address = parseAddress(head);
  if (!address || more.length > 0) return undefined;
  const bits = address.kind() === "ipv4" ? 32 : 128;
  if (tail === undefined) return { address, prefix: bits };
  return /^(0|[1-9]\d{0,2})$/.test(tail) && Number(tail) <= bits
    ? { address, prefix: Number(tail) }
    : undefined;
}

function parseAddress(text: string): Address | undefined {
  if (/^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(text) && ipaddr.IPv4.isValid(text))
    return ipaddr.IPv4.parse(text);
  if (/^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*$/.test(text) && ipaddr.IPv6.isValid(text)) return ipaddr.IPv6.parse(text);
  return undefined;
}

function firstAddress({ address, prefix }: { address: Address; prefix: number }): string {
  const bytes = address
    .toByteArray()
    .map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * index))) & 0xff);
  return ipaddr.fromByteArray(bytes).toString();
}
