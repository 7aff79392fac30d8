import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { canonicalAddress } from "./addresses.ts";
import { complainOfHostName } from "./names.ts";

/** A host and a port; an IPv6 address has no brackets. */
export type Endpoint = { readonly host: string; readonly port: number };

/** Takes `siem.example.org:5044`, `192.0.2.5:5044` and `[2001:db8::5]:5044`. */
export function complainOfEndpoint(value: string): Complaint | undefined {
  const { host, port } = parseEndpoint(value) ?? { host: "", port: 0 };
  if (port < 1 || port > 65_535) {
    const [, address, digits] = /^(.*:.*):(\d{1,5})$/.exec(value) ?? [];
    const isBare = address !== undefined && canonicalAddress(address)?.includes(":");
    return {
      message: `${quoted(value)} is not HOST:PORT`,
      hint: isBare ? `write "[${address}]:${digits}"` : 'e.g. siem.example.org:5044 or "[2001:db8::5]:5044"',
    };
  }
  if (value.startsWith("["))
    return canonicalAddress(host)?.includes(":")
      ? undefined
      : { message: `${quoted(host)} is not an IPv6 address; only those have brackets` };
  return complainOfServer(host);
}

/** Refuses text that is neither a host name nor an address. */
export function complainOfServer(value: string): Complaint | undefined {
  return canonicalAddress(value) === undefined ? complainOfHostName(value) : undefined;
}

/** The host and the port of `HOST:PORT`; `undefined` when the text has another form. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, port: Number(port) };
}

/** `HOST:PORT`, with brackets around an IPv6 address. */
export function endpointText({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
