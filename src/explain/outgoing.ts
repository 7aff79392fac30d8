import type { Programs } from "../artifacts/programs.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories, shownRef } from "../plan/repositories.ts";
import type { Outgoing } from "./explanation.ts";

/** The connections that the sensor itself makes; not those that visitors trigger in the honeypot. */
export function outgoing(plan: Plan, programs: Programs | undefined): readonly Outgoing[] {
  const { dshield, transfer } = plan;
  return [
    { to: "name servers", port: "udp and tcp 53", why: "resolves names" },
    { to: "time servers of the system", port: "udp 123", why: "sets the clock" },
    {
      to: "package mirrors of the system",
      port: "tcp 80 and 443",
      why: "installs packages at the first boot",
    },
    ...(programs?.addresses ?? []).map(fetched),
    ...clones(plan),
    ...(dshield === undefined ? [] : dshieldHosts),
    ...(transfer === undefined
      ? []
      : [
          {
            to: transfer.host,
            port: `tcp ${transfer.port}`,
            why: `sends the archives over SFTP as ${transfer.user}`,
          },
        ]),
    ...notifications(plan),
    ...analyses(plan),
    ...(plan.siem === undefined
      ? []
      : [
          { to: "artifacts.elastic.co", port: "tcp 443", why: "installs Filebeat at the first boot" },
          { to: plan.siem.host, port: `tcp ${plan.siem.port}`, why: "ships logs as they are written" },
        ]),
  ];
}

// The URLs are secrets.
function notifications({ notify }: Plan): readonly Outgoing[] {
  const { heartbeat, webhook, mail } = notify ?? {};
  const byUrl = (isAsked: boolean, to: string, why: string): readonly Outgoing[] =>
    isAsked ? [{ to, port: "the URL's port", why }] : [];
  return [
    ...byUrl(heartbeat !== undefined, "the server of notify.heartbeat", "requests the heartbeat"),
    ...byUrl(webhook !== undefined, "the server of notify.webhook", "posts changes of the sensor's health"),
    ...(mail === undefined
      ? []
      : [{ to: mail.host, port: `tcp ${mail.port}`, why: "sends mail about the sensor's health" }]),
  ];
}

// The keys in the settings decide which services a tool queries.
function analyses({ tools }: Plan): readonly Outgoing[] {
  const { cowrieprocessor: reports, jsonLogCountry: countries } = tools ?? {};
  const asked: readonly (readonly [isAsked: boolean, to: string, why: string])[] = [
    [reports !== undefined && reports.email !== "", "www.dshield.org", "cowrieprocessor queries networks"],
    [reports?.virustotal !== undefined, "www.virustotal.com", "cowrieprocessor queries downloads"],
    [reports?.urlhaus !== undefined, "urlhaus-api.abuse.ch", "cowrieprocessor queries addresses"],
    [reports?.spur !== undefined, "api.spur.us", "cowrieprocessor queries addresses"],
    [countries?.licenseKey !== undefined, "download.maxmind.com", "json_log_country downloads its database"],
  ];
  return asked.filter(([isAsked]) => isAsked).map(([, to, why]) => ({ to, port: "tcp 443", why }));
}

/** Connections of the installer and the reporting parts (`install.sh:1216`, `DShield.py:33`, `status.sh:121`). */
const dshieldHosts: readonly Outgoing[] = [
  { to: "the Python package index", port: "tcp 443", why: "installs cowrie's dependencies with DShield" },
  {
    to: "dshield.org, isc.sans.edu",
    port: "tcp 443",
    why: "sends reports, fetches the web honeypot's responses",
  },
];

function fetched(address: string): Outgoing {
  const { host, port, protocol } = new URL(address);
  const why = "downloads the programs, pinned by their SHA-256, at the first boot";
  return { to: host, port: `tcp ${port || (protocol === "https:" ? "443" : "80")}`, why };
}

function clones(plan: Plan): readonly Outgoing[] {
  return repositories(plan).map(({ url, ref }) => {
    const { host, pathname, port } = new URL(url);
    const why = `clones ${pathname.slice(1)} at ${shownRef(ref)} at the first boot`;
    return { to: host, port: `tcp ${port || "443"}`, why };
  });
}
