import type { Programs } from "../artifacts/programs.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories } from "../plan/repositories.ts";
import type { Outgoing } from "./explanation.ts";

/** What the sensor connects to by itself; not what its visitors make the honeypot do. */
export function outgoing(plan: Plan, programs: Programs | undefined): readonly Outgoing[] {
  const { dshield, transfer } = plan;
  return [
    { to: "name servers", port: "udp and tcp 53", why: "names" },
    { to: "time servers of the system", port: "udp 123", why: "the clock" },
    { to: "package mirrors of the system", port: "tcp 80 and 443", why: "packages, at the first boot" },
    ...(programs === undefined ? [] : [fetched(programs)]),
    ...clones(plan),
    ...(dshield === undefined ? [] : dshieldHosts),
    ...(transfer === undefined
      ? []
      : [
          {
            to: transfer.host,
            port: `tcp ${transfer.port}`,
            why: `sends the archives as ${transfer.user} by SFTP`,
          },
        ]),
    ...analyses(plan),
    ...(plan.siem === undefined
      ? []
      : [
          { to: "artifacts.elastic.co", port: "tcp 443", why: "Filebeat, at the first boot" },
          { to: plan.siem.host, port: `tcp ${plan.siem.port}`, why: "ships logs as they are written" },
        ]),
  ];
}

// Each has its own answer to who is asked: the keys that are given.
function analyses({ tools }: Plan): readonly Outgoing[] {
  const { cowrieprocessor: reports, jsonLogCountry: countries } = tools ?? {};
  const asked: readonly (readonly [isAsked: boolean, to: string, why: string])[] = [
    [reports !== undefined && reports.email !== "", "www.dshield.org", "cowrieprocessor asks about networks"],
    [reports?.virustotal !== undefined, "www.virustotal.com", "cowrieprocessor asks about downloads"],
    [reports?.urlhaus !== undefined, "urlhaus-api.abuse.ch", "cowrieprocessor asks about addresses"],
    [reports?.spur !== undefined, "api.spur.us", "cowrieprocessor asks about addresses"],
    [countries?.licenseKey !== undefined, "download.maxmind.com", "json_log_country gets its database"],
  ];
  return asked.filter(([isAsked]) => isAsked).map(([, to, why]) => ({ to, port: "tcp 443", why }));
}

/** What the installer and the reporting parts connect to (`install.sh:1216`, `DShield.py:33`, `status.sh:121`). */
const dshieldHosts: readonly Outgoing[] = [
  { to: "the Python package index", port: "tcp 443", why: "what cowrie needs, when DShield is installed" },
  { to: "dshield.org, isc.sans.edu", port: "tcp 443", why: "reports what was seen, asks what to answer" },
];

function fetched({ address }: Programs): Outgoing {
  const { host, port, protocol } = new URL(address);
  const why = "fetches its programs, pinned by their SHA-256, at the first boot";
  return { to: host, port: `tcp ${port || (protocol === "https:" ? "443" : "80")}`, why };
}

function clones(plan: Plan): readonly Outgoing[] {
  return repositories(plan).map(({ url, ref }) => {
    const { host, pathname, port } = new URL(url);
    const at = /^[0-9a-f]{40,}$/.test(ref) ? ref.slice(0, 12) : ref;
    const why = `clones ${pathname.slice(1)} at ${at}, at the first boot`;
    return { to: host, port: `tcp ${port || "443"}`, why };
  });
}
