import type { Secrets } from "../../artifacts/payload.ts";
import type { Plan } from "../../plan/plan.ts";
import type { TrialSources } from "../sources.ts";
import { type Additions, additionsFor } from "./additions.ts";
import { makeCertificate } from "./certificate.ts";
import { type Answer, answerAsDshield, dshieldNames } from "./dshield-service.ts";
import { gitServer, gitStandIns } from "./git.ts";
import { harmlessSecrets } from "./harmless-secrets.ts";
import { mailStandIn } from "./mail.ts";
import { answerAsMaxmind, maxmindName } from "./maxmind.ts";
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
  /** The given settings with the host key of the stand-in for the backup server, and their secrets. */
  readonly sensors: readonly { readonly plan: Plan; readonly secrets: Secrets }[];
  /** Files and commands to add to the sensor: the certificate that its programs must trust. */
  readonly additions: Additions;
};

/** Settings of the machine, and their real secrets if the user asked for them. */
export type GivenSensor = { readonly plan: Plan; readonly realSecrets: Secrets | undefined };

export type StandInOptions = {
  /** An empty folder for archives. */
  readonly folder: string;
  /** Given if the settings need repositories. */
  readonly sources: TrialSources | undefined;
};

/**
 * Makes the stand-ins for settings, of which the machine gets one after the other. Nothing listens: the gateway of a
 * trial hands them connections.
 */
export async function openStandIns(
  given: readonly GivenSensor[],
  { folder, sources }: StandInOptions,
): Promise<StandIns> {
  const plans = given.map(({ plan }) => plan);
  const services = servicesOf(plans, sources);
  // The URLs decide the names of the certificate, and the certificate is one of the secrets.
  const urls = given.flatMap(({ plan, realSecrets }) => urlsIn(realSecrets ?? harmlessSecrets(plan, "")));
  const certificate = await makeCertificate([
    ...new Set([
      "stand-in.trial.example",
      ...urls.map(({ url }) => hostOf(url)),
      ...services.flatMap(({ names }) => names),
      ...(sources?.clones ?? []).map(({ url }) => gitServer(url).name),
      ...plans.flatMap(({ siem, notify }) => [siem?.host ?? [], notify?.mail?.host ?? []].flat()),
    ]),
  ]);
  const records = recorder();
  // The URLs are secrets: the report names their servers by the settings.
  const labelOf = (host: string, path: string, port: number): WebLabel => {
    for (const { what, url } of urls)
      if (hostOf(url) === host && path.startsWith(url.pathname.replace(/\/$/, "")))
        return { what, to: `the server of notify.${what}` };
    const service = services.find(({ names }) => names.includes(host));
    return service === undefined
      ? { what: "request", to: `another name:${port}` }
      : { what: `request to ${service.what}`, to: `${host}:${port}` };
  };
  const web = new Map<string, { names: Set<string>; port: number; isSecure: boolean }>();
  const add = (name: string, port: number, isSecure: boolean) => {
    const key = `${port} ${isSecure}`;
    const entry = web.get(key) ?? { names: new Set(), port, isSecure };
    web.set(key, entry);
    entry.names.add(name);
  };
  for (const { url } of urls) {
    const isSecure = url.protocol === "https:";
    add(hostOf(url), Number(url.port || (isSecure ? 443 : 80)), isSecure);
  }
  for (const name of services.flatMap(({ names }) => names)) {
    add(name, 443, true);
    add(name, 80, false);
  }
  const transfers = plans.flatMap(({ transfer }) => transfer ?? []);
  const sftp =
    transfers.length === 0
      ? undefined
      : sftpStandIn({ names: [...new Set(transfers.map(({ host }) => host))], folder }, records);
  const all: readonly StandIn[] = [
    ...[...new Set(transfers.map(({ port }) => port))].flatMap((port) => sftp?.at(port) ?? []),
    ...[...web.values()].map(({ names, port, isSecure }) =>
      webStandIn(
        {
          names: [...names],
          port,
          certificate: isSecure ? certificate : undefined,
          labelOf: (host, path) => labelOf(host, path, port),
          answerOf: (host, path) => services.find((one) => one.names.includes(host))?.answer(path),
        },
        records,
      ),
    ),
    ...plans.flatMap(({ siem }) =>
      siem === undefined
        ? []
        : siemStandIn({ names: [siem.host], port: siem.port, certificate: siem.ca && certificate }, records),
    ),
    ...plans.flatMap(({ notify }) =>
      notify?.mail === undefined
        ? []
        : mailStandIn(
            { names: [notify.mail.host], port: notify.mail.port, tls: notify.mail.tls, certificate },
            records,
          ),
    ),
    ...gitStandIns(sources?.clones ?? [], certificate),
  ];
  return {
    all,
    sent: records.sent,
    dropped: records.dropped,
    sensors: given.map(({ plan, realSecrets }) => {
      // Filebeat trusts only the certificate of the settings.
      const secrets = new Map(realSecrets ?? harmlessSecrets(plan, certificate.cert));
      if (secrets.has("siem.ca")) secrets.set("siem.ca", certificate.cert);
      const { transfer } = plan;
      return {
        secrets,
        plan:
          sftp === undefined || transfer === undefined
            ? plan
            : { ...plan, transfer: { ...transfer, hostKeys: [sftp.hostKey] } },
      };
    }),
    additions: additionsFor(plans, {
      cert: certificate.cert,
      sources,
      hasRealSecrets: given.some(({ realSecrets }) => realSecrets !== undefined),
    }),
  };
}

/** Services of others for which one web stand-in answers. */
type Service = {
  readonly what: string;
  readonly names: readonly string[];
  readonly answer: (path: string) => Answer | undefined;
};

function servicesOf(plans: readonly Plan[], sources: TrialSources | undefined): readonly Service[] {
  const userId = plans.find(({ dshield }) => dshield !== undefined)?.dshield?.userId;
  const cowrie = sources?.installer?.cowrie ?? Buffer.alloc(0);
  const downloads = plans.some(({ tools }) => tools?.jsonLogCountry?.licenseKey !== undefined);
  return [
    ...(userId === undefined
      ? []
      : [
          {
            what: "DShield",
            names: dshieldNames,
            answer: (path: string) => answerAsDshield({ userId, cowrie }, path),
          },
        ]),
    ...(downloads ? [{ what: "MaxMind", names: [maxmindName], answer: answerAsMaxmind }] : []),
  ];
}

function urlsIn(secrets: Secrets): readonly { readonly what: "webhook" | "heartbeat"; readonly url: URL }[] {
  return (["webhook", "heartbeat"] as const).flatMap((what) => {
    const url = secrets.get(`notify.${what}.url`);
    return url === undefined ? [] : { what, url: new URL(url) };
  });
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}
