import { notifyPorts } from "../../plan/notify-ports.ts";
import type { Plan } from "../../plan/plan.ts";
import { canonicalAddress } from "../../values/addresses.ts";
import type { TrialScope } from "./scope.ts";

/**
 * pcap-filter expressions of the packets that a trial's capture must not have, each stated independently of the capture's
 * own filter. OWN stands for the sensor's address.
 */
export function excludedFilters(plan: Plan, { attacker }: TrialScope): readonly string[] {
  const { admin, capture, metrics, notify, siem, transfer } = plan;
  const own = (port: number, networks: readonly string[]) =>
    networks.map((network) => `tcp and port ${port} and host OWN and net ${network}`);
  return [
    ...own(admin.sshPort, admin.allowFrom === "anywhere" ? ["0.0.0.0/0"] : admin.allowFrom.filter(isIpv4)),
    ...(metrics === undefined ? [] : own(metrics.port, metrics.allowFrom.filter(isIpv4))),
    ...capture.excludePorts.map((port) => `src host ${attacker} and dst port ${port}`),
    ...capture.excludeHosts.map((host) => `${host.includes("/") ? "net" : "host"} ${host}`),
    ...[transfer, siem].flatMap((server) => (server === undefined ? [] : upload(server))),
    ...(notify === undefined
      ? []
      : [`src host OWN and tcp src portrange ${notifyPorts.first}-${notifyPorts.last} and tcp[13] & 4 = 0`]),
  ];
}

// The sensor opens other connections to web ports too.
function upload({ host, port }: { readonly host: string; readonly port: number }): readonly string[] {
  if (canonicalAddress(host) !== undefined) return [`host ${host} and tcp port ${port}`];
  return port === 80 || port === 443 ? [] : [`src host OWN and tcp dst port ${port}`];
}

function isIpv4(network: string): boolean {
  return !network.includes(":");
}
