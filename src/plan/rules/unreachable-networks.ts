import { type Reservation, reservationOf } from "../../values/addresses.ts";
import type { Finding, Rule } from "../rule.ts";
import { targets } from "../targets.ts";

/** Warns about networks that cannot be an admin's or a Prometheus server's, and addresses that cannot be a backup server's. */
export const unreachableNetworks: Rule = ({ plan, settings }) => {
  const { isPublicCloud } = targets[plan.target];
  const { allow_from: allowFrom } = settings.admin;
  const admins = allowFrom === "anywhere" ? [] : allowFrom;
  // Beside a public network, a private one may belong to a VPN.
  const adminsMayBePrivate = !isPublicCloud || admins.some((network) => reservationOf(network) === undefined);
  const findings = [
    ...unreachable(
      "admin",
      admins,
      adminsMayBePrivate,
      "write the public address of your own network, or the word anywhere",
    ),
    // A private network may always belong to a VPN.
    ...unreachable(
      "metrics",
      settings.metrics?.allow_from ?? [],
      true,
      "write the address of your Prometheus server as the sensor sees it",
    ),
  ];
  const { host } = plan.transfer ?? {};
  const kind = host === undefined ? undefined : host === "localhost" ? "loopback" : reservationOf(host);
  if (kind !== undefined && (kind !== "private" || isPublicCloud))
    findings.push({
      code: "transfer/unreachable-host",
      at: ["transfer", "host"],
      message: `${host} is a ${kind} address: ${serversOf[kind]}`,
      hint: "write the name or the address of the backup server as the sensor reaches it",
    });
  return findings;
};

function unreachable(
  section: "admin" | "metrics",
  networks: readonly string[],
  mayBePrivate: boolean,
  hint: string,
): readonly Finding[] {
  return networks.flatMap((network, index) => {
    const kind = reservationOf(network);
    if (kind === undefined || (kind === "private" && mayBePrivate)) return [];
    const message = `${network} is a ${kind} network: ${clientsOf[kind]}`;
    return [{ code: "access/unreachable-network", at: [section, "allow_from", index], message, hint }];
  });
}

const clientsOf: Readonly<Record<Reservation, string>> = {
  loopback: "it is the sensor itself",
  multicast: "no connection comes from it",
  documentation: "it is used only in examples and belongs to no real network",
  private: "a sensor in a public cloud sees the public address of your router instead",
};

const serversOf: Readonly<Record<Reservation, string>> = {
  loopback: "archives would not leave the sensor",
  multicast: "no server has such an address",
  documentation: "no server has such an address",
  private: "a sensor in a public cloud cannot reach a server in your private network",
};
