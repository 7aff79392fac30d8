import { canonicalAddress } from "../values/addresses.ts";
import type { Plan } from "./plan.ts";

/**
 * The complete pcap-filter expression: the admin port and the sensor's uploads are never captured, whatever else is asked for.
 * The user's own expression comes last and in parentheses, so that it can only narrow.
 */
export function captureFilter(plan: Pick<Plan, "admin" | "capture" | "siem" | "transfer">): string {
  const { admin, capture, siem, transfer } = plan;
  const ports = [...new Set([admin.sshPort, ...capture.excludePorts])].sort((a, b) => a - b);
  const terms = [`not port ${ports.length === 1 ? ports[0] : `(${ports.join(" or ")})`}`];
  for (const host of capture.excludeHosts) terms.push(`not ${host.includes("/") ? "net" : "host"} ${host}`);
  // A name would have to be resolved when the filter is compiled, or there is no capture: transfer.sh finds its addresses.
  if (transfer !== undefined && canonicalAddress(transfer.host) !== undefined)
    terms.push(`not (host ${transfer.host} and tcp port ${transfer.port})`);
  if (siem !== undefined && canonicalAddress(siem.host) !== undefined)
    terms.push(`not (host ${siem.host} and tcp port ${siem.port})`);
  if (capture.filter !== "") terms.push(`(${capture.filter})`);
  return terms.join(" and ");
}
