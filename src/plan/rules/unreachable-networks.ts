import { type Reservation, reservationOf } from "../../values/addresses.ts";
import type { Finding, Rule } from "../rule.ts";
import { targets } from "../targets.ts";

/** Warns about networks that cannot be an admin's or a Prometheus server's, and addresses that cannot be a backup server's. */
export const unreachableNetworks: Rule = ({ plan, settings }) => {
  const { isPublicCloud } = targets[plan.target];
  const { allow_from: allowFrom } = settings.admin;
  const findings: Finding[] = [];
  const given = (allowFrom === "anywhere" ? [] : allowFrom).map((network, index) => ({
    network,
    at: ["admin", "allow_from", index],
    kind: reservationOf(network),
  }));
  // Beside a public network, a private one may belong to a VPN.
  const hasPublic = given.some(({ kind }) => kind === undefined);
  for (const { network, at, kind } of given)
    if (kind !== undefined && (kind !== "private" || (isPublicCloud && !hasPublic)))
      findings.push({
        code: "access/unreachable-network",
        at,
        message: `${network} is a ${kind} network: ${adminsOf[kind]}`,
        hint: "write the public address of your own network, or the word anywhere",
      });
  for (const [index, network] of (settings.metrics?.allow_from ?? []).entries()) {
    const kind = reservationOf(network);
    // A private one may belong to a VPN.
    if (kind !== undefined && kind !== "private")
      findings.push({
        code: "access/unreachable-network",
        at: ["metrics", "allow_from", index],
        message: `${network} is a ${kind} network: ${adminsOf[kind]}`,
        hint: "write the address of your Prometheus server as the sensor sees it",
      });
  }
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

const adminsOf: Readonly<Record<Reservation, string>> = {
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
