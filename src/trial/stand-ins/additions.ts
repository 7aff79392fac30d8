import type { Plan } from "../../plan/plan.ts";
import { repositories } from "../../plan/repositories.ts";
import type { PythonIndex } from "../python-index.ts";
import type { TrialSources } from "../sources.ts";
import { countryDatabase } from "./country-database.ts";

/** What a trial adds to the sensor for its stand-ins. */
export type Additions = {
  readonly files: readonly {
    readonly path: string;
    readonly mode: string;
    readonly content: string | Buffer;
  }[];
  /** Commands to run as root before the first boot's own service. */
  readonly commands: readonly (readonly string[])[];
  /** For the report: what is added or replaced, and why. */
  readonly reasons: readonly { readonly what: string; readonly why: string }[];
};

export type AdditionsOptions = {
  /** The certificate of the stand-ins. */
  readonly cert: string;
  readonly sources: TrialSources | undefined;
  readonly hasRealSecrets: boolean;
};

/** The additions for settings, of which the machine gets one after the other. */
export function additionsFor(
  plans: readonly Plan[],
  { cert, sources, hasRealSecrets }: AdditionsOptions,
): Additions {
  const has = (test: (plan: Plan) => boolean): boolean => plans.some(test);
  const needsCertificate = has((plan) => plan.notify !== undefined || repositories(plan).length > 0);
  const installer = sources?.installer;
  // Without an account, the user puts the database there.
  const lacksDatabase = has(({ tools }) => tools?.jsonLogCountry?.accountId === 0);
  const path = "/usr/local/share/ca-certificates/sensorbake-try.crt";
  return {
    files: [
      ...(needsCertificate ? [{ path, mode: "0644", content: cert }] : []),
      ...(installer === undefined ? [] : dshieldFiles(installer.index)),
      ...(lacksDatabase ? [{ path: databaseFile, mode: "0644", content: countryDatabase() }] : []),
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
              why: "the sensor's programs verify the stand-ins for web, git and mail servers",
            },
          ]
        : []),
      ...(lacksDatabase
        ? [{ what: databaseFile, why: "a small database, because json_log_country has no MaxMind account" }]
        : []),
      ...(installer === undefined
        ? []
        : [
            ...(installer.index.certificates === undefined
              ? []
              : [{ what: pipCertificates, why: "the certificates that pip trusts on this computer" }]),
            {
              what: pipFile,
              why: `DShield's installer gets Python packages from ${new URL(installer.index.url).host}`,
            },
            { what: honeypots.map(dropIn).join(", "), why: "the honeypots verify the stand-in for DShield" },
          ]),
      ...(!has(({ siem }) => siem?.ca !== undefined)
        ? []
        : [{ what: "/etc/honeypot/secrets/siem_ca", why: "Filebeat verifies the stand-in for the SIEM" }]),
      ...(!has(({ transfer }) => transfer !== undefined)
        ? []
        : [{ what: "/etc/honeypot/known_hosts", why: "the host key of the stand-in for the backup server" }]),
    ],
  };
}

// What update-ca-certificates does for one more certificate; it takes an emulated machine minutes to do it for all.
const trust =
  'cat "$1" >>/etc/ssl/certs/ca-certificates.crt && ln -s "$1" "/etc/ssl/certs/$(openssl x509 -subject_hash -noout -in "$1").0"';

const databaseFile = "/usr/share/GeoIP/GeoLite2-Country.mmdb";
const pipFile = "/etc/pip.conf";
const pipCertificates = "/etc/ssl/sensorbake-try-pip.pem";
const honeypots = ["cowrie", "web-honeypot"];

function dropIn(unit: string): string {
  return `/etc/systemd/system/${unit}.service.d/sensorbake-try.conf`;
}

// Their Python packages have a list of certificates of their own.
function dshieldFiles({ url, certificates }: PythonIndex): Additions["files"] {
  const list = "/etc/ssl/certs/ca-certificates.crt";
  const content = `[Service]\nEnvironment=REQUESTS_CA_BUNDLE=${list} SSL_CERT_FILE=${list}\n`;
  const cert = certificates === undefined ? "" : `cert = ${pipCertificates}\n`;
  return [
    { path: pipFile, mode: "0644", content: `[global]\nindex-url = ${url.replaceAll("%", "%%")}\n${cert}` },
    ...(certificates === undefined ? [] : [{ path: pipCertificates, mode: "0644", content: certificates }]),
    ...honeypots.map((unit) => ({ path: dropIn(unit), mode: "0644", content })),
  ];
}
