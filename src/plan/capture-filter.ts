import { canonicalAddress } from "../values/addresses.ts";
import { notifyPorts } from "./notify-ports.ts";
import type { Plan } from "./plan.ts";

/**
 * The complete pcap-filter expression. It always excludes the sessions of the admin networks and the sensor's uploads.
 * A port is excluded only as the sensor's own port, which the packet's direction tells: visitors choose their source
 * port, but not the destination port.
 * The user's expression comes last and in parentheses, so that it can only narrow the filter.
 */
export function captureFilter(
  plan: Pick<Plan, "admin" | "capture" | "metrics" | "notify" | "siem" | "transfer">,
): string {
  const { admin, capture, metrics, notify, siem, transfer } = plan;
  const terms: string[] = [];
  if (admin.allowFrom === "anywhere") terms.push(`not (tcp and ${ownPort(String(admin.sshPort))})`);
  else if (admin.allowFrom.length > 0)
    terms.push(`not (tcp and ${ownPort(String(admin.sshPort), oneOf(admin.allowFrom))})`);
  if (capture.excludePorts.length > 0)
    terms.push(`not ${ownPort(oneOf([...capture.excludePorts].sort((a, b) => a - b)))}`);
  for (const host of capture.excludeHosts) terms.push(`not ${host.includes("/") ? "net" : "host"} ${host}`);
  // tcpdump would have to resolve a name while compiling, and without a name server it would not capture, so capture.sh
  // resolves names.
  for (const server of [transfer, siem])
    if (server !== undefined && canonicalAddress(server.host) !== undefined)
      terms.push(`not (host ${server.host} and tcp port ${server.port})`);
  if (metrics !== undefined)
    terms.push(`not (tcp and ${ownPort(String(metrics.port), oneOf(metrics.allowFrom))})`);
  if (notify !== undefined) terms.push(`not (tcp and ${ownSessions()})`);
  if (capture.filter !== "") terms.push(`(${capture.filter})`);
  return terms.join(" and ");
}

/**
 * Packets of sessions at the sensor's own `port`, with `peers` if given. The direction comes last, because libpcap drops
 * packets that it checks for direction in the first second of a capture, before the kernel filters.
 */
function ownPort(port: string, peers?: string): string {
  const [from, to] = peers === undefined ? ["", ""] : [` and src net ${peers}`, ` and dst net ${peers}`];
  return `((dst port ${port}${from} and inbound) or (src port ${port}${to} and outbound))`;
}

/**
 * Packets of the sessions that the sensor opens from `notifyPorts`. A visitor who connects to one of these ports sends a
 * packet without the ACK flag and gets one with the RST flag: both are captured.
 */
function ownSessions(): string {
  const ports = `portrange ${notifyPorts.first}-${notifyPorts.last}`;
  // The flags are the 14th byte of a TCP header. libpcap's names for them do not work for IPv6.
  const has = (flag: 4 | 16) => `(tcp[13] & ${flag} != 0 or ip6[53] & ${flag} != 0)`;
  return `((dst ${ports} and ${has(16)} and inbound) or (src ${ports} and not ${has(4)} and outbound))`;
}

function oneOf(values: readonly (number | string)[]): string {
  return values.length === 1 ? String(values[0]) : `(${values.join(" or ")})`;
}
