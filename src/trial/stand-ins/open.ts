import type { Secrets } from "../../artifacts/payload.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DshieldSources } from "../dshield-sources.ts";
import { makeCertificate } from "./certificate.ts";
import { answerAsDshield, dshieldNames } from "./dshield-service.ts";
import { gitServer, gitStandIns } from "./git.ts";
import { harmlessSecrets } from "./harmless-secrets.ts";
import { mailStandIn } from "./mail.ts";
import { sftpStandIn } from "./sftp.ts";
import { siemStandIn } from "./siem.ts";
import { recorder, type Sent, type StandIn } from "./stand-in.ts";
import { type WebLabel, webStandIn } from "./web.ts";

/** The stand-ins of a trial, and what the sensor needs to accept them. */
export type StandIns = {
  readonly all: readonly StandIn[];
  readonly sent: () => readonly Sent[];
  /** How many more files and messages were received than `sent` has. */
  readonly dropped: () => number;
  /** The settings with the host key of the stand-in for the backup server, and with names that lead to stand-ins. */
  readonly plan: Plan;
  readonly secrets: Secrets;
  /** Files and commands to add to the sensor: the certificate that its programs must trust. */
  readonly additions: Additions;
};

export type Additions = {
  readonly files: readonly { readonly path: string; readonly mode: string; readonly content: string }[];
  /** Commands to run as root before the first boot's own service. */
  readonly commands: readonly (readonly string[])[];
  /** For the report: what is added or replaced, and why. */
  readonly reasons: readonly { readonly what: string; readonly why: string }[];
};

export type StandInOptions = {
  /** An empty folder for archives. */
  readonly folder: string;
  /** The real values, if the user asked for them. */
  readonly realSecrets: Secrets | undefined;
  /** Given if the settings install DShield. */
  readonly sources: DshieldSources | undefined;
};

/** Makes the stand-ins that a sensor's settings need. Nothing listens: the gateway of a trial hands them connections. */
export async function openStandIns(
  plan: Plan,
  { folder, realSecrets, sources }: StandInOptions,
): Promise<StandIns> {
  const { transfer, siem, notify, dshield } = plan;
  // The URLs decide the names of the certificate, and the certificate is one of the secrets.
  const urlsOf = (secrets: Secrets) => ({
    heartbeat: parsed(secrets.get("notify.heartbeat.url")),
    webhook: parsed(secrets.get("notify.webhook.url")),
  });
  const urls = urlsOf(realSecrets ?? harmlessSecrets(plan, ""));
  const hosts = [urls.heartbeat, urls.webhook].flatMap((url) => (url === undefined ? [] : [hostOf(url)]));
  const certificate = await makeCertificate([
    ...new Set([
      "stand-in.trial.example",
      ...hosts,
      ...(dshield === undefined ? [] : dshieldNames),
      ...(sources?.clones ?? []).map(({ url }) => gitServer(url).name),
      ...(siem === undefined ? [] : [siem.host]),
      ...(notify?.mail === undefined ? [] : [notify.mail.host]),
    ]),
  ]);
  const records = recorder();
  // The URLs are secrets: the report names their servers by the settings.
  const labelOf = (host: string, path: string, port: number): WebLabel => {
    for (const what of ["webhook", "heartbeat"] as const) {
      const url = urls[what];
      if (url !== undefined && hostOf(url) === host && path.startsWith(url.pathname.replace(/\/$/, "")))
        return { what, to: `the server of notify.${what}` };
    }
    return dshield !== undefined && dshieldNames.includes(host)
      ? { what: "request to DShield", to: `${host}:${port}` }
      : { what: "request", to: `another name:${port}` };
  };
  const web = new Map<string, { names: Set<string>; port: number; isSecure: boolean }>();
  const add = (name: string, port: number, isSecure: boolean) => {
    const key = `${port} ${isSecure}`;
    const entry = web.get(key) ?? { names: new Set(), port, isSecure };
    web.set(key, entry);
    entry.names.add(name);
  };
  for (const url of [urls.heartbeat, urls.webhook])
    if (url !== undefined) {
      const isSecure = url.protocol === "https:";
      add(hostOf(url), Number(url.port || (isSecure ? 443 : 80)), isSecure);
    }
  if (dshield !== undefined)
    for (const name of dshieldNames) {
      add(name, 443, true);
      add(name, 80, false);
    }
  const sftp =
    transfer === undefined
      ? undefined
      : sftpStandIn({ names: [transfer.host], port: transfer.port, folder }, records);
  const all: readonly StandIn[] = [
    ...(sftp === undefined ? [] : [sftp]),
    ...[...web.values()].map(({ names, port, isSecure }) =>
      webStandIn(
        {
          names: [...names],
          port,
          certificate: isSecure ? certificate : undefined,
          labelOf: (host, path) => labelOf(host, path, port),
          answerOf: (host, path) =>
            dshield !== undefined && sources !== undefined && dshieldNames.includes(host)
              ? answerAsDshield({ userId: dshield.userId, cowrie: sources.cowrie }, path)
              : undefined,
        },
        records,
      ),
    ),
    ...(siem === undefined
      ? []
      : [siemStandIn({ names: [siem.host], port: siem.port, certificate: siem.ca && certificate }, records)]),
    ...(notify?.mail === undefined
      ? []
      : [
          mailStandIn(
            { names: [notify.mail.host], port: notify.mail.port, tls: notify.mail.tls, certificate },
            records,
          ),
        ]),
    ...gitStandIns(sources?.clones ?? [], certificate),
  ];
  // Filebeat trusts only the certificate of the settings.
  const secrets = new Map(realSecrets ?? harmlessSecrets(plan, certificate.cert));
  if (secrets.has("siem.ca")) secrets.set("siem.ca", certificate.cert);
  return {
    all,
    sent: records.sent,
    dropped: records.dropped,
    secrets,
    plan:
      sftp === undefined || transfer === undefined
        ? plan
        : { ...plan, transfer: { ...transfer, hostKeys: [sftp.hostKey] } },
    additions: additionsOf(certificate.cert, plan, { sources, hasRealSecrets: realSecrets !== undefined }),
  };
}

function additionsOf(
  cert: string,
  { dshield, notify, siem, transfer }: Plan,
  {
    sources,
    hasRealSecrets,
  }: { readonly sources: DshieldSources | undefined; readonly hasRealSecrets: boolean },
): Additions {
  const needsCertificate = dshield !== undefined || notify !== undefined;
  const path = "/usr/local/share/ca-certificates/sensorbake-try.crt";
  return {
    files: [
      ...(needsCertificate ? [{ path, mode: "0644", content: cert }] : []),
      ...(sources === undefined ? [] : dshieldFiles(sources)),
    ],
    commands: needsCertificate ? [["sh", "-c", trust, "sh", path]] : [],
    reasons: [
      ...(hasRealSecrets
        ? []
        : [{ what: "the secrets", why: "harmless values; --real-secrets uses those of the settings" }]),
      ...(needsCertificate
        ? [
            {
              what: path,
              why: "the sensor's programs verify the stand-ins for web and mail servers",
            },
          ]
        : []),
      ...(sources === undefined
        ? []
        : [
            {
              what: pipFile,
              why: `DShield's installer gets Python packages from ${new URL(sources.index.url).host}`,
            },
            { what: honeypots.map(dropIn).join(", "), why: "the honeypots verify the stand-in for DShield" },
          ]),
      ...(siem?.ca === undefined
        ? []
        : [{ what: "/etc/honeypot/secrets/siem_ca", why: "Filebeat verifies the stand-in for the SIEM" }]),
      ...(transfer === undefined
        ? []
        : [{ what: "/etc/honeypot/known_hosts", why: "the host key of the stand-in for the backup server" }]),
    ],
  };
}

// What update-ca-certificates does for one more certificate; it takes an emulated machine minutes to do it for all.
const trust =
  'cat "$1" >>/etc/ssl/certs/ca-certificates.crt && ln -s "$1" "/etc/ssl/certs/$(openssl x509 -subject_hash -noout -in "$1").0"';

const pipFile = "/etc/pip.conf";
const honeypots = ["cowrie", "web-honeypot"];

function dropIn(unit: string): string {
  return `/etc/systemd/system/${unit}.service.d/sensorbake-try.conf`;
}

// Their Python packages have a list of certificates of their own.
function dshieldFiles({ index }: DshieldSources): Additions["files"] {
  const list = "/etc/ssl/certs/ca-certificates.crt";
  const content = `[Service]\nEnvironment=REQUESTS_CA_BUNDLE=${list} SSL_CERT_FILE=${list}\n`;
  return [
    { path: pipFile, mode: "0644", content: `[global]\nindex-url = ${index.url.replaceAll("%", "%%")}\n` },
    ...honeypots.map((unit) => ({ path: dropIn(unit), mode: "0644", content })),
  ];
}

function parsed(url: string | undefined): URL | undefined {
  return url === undefined ? undefined : new URL(url);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
