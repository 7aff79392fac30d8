import type { Plan } from "../../plan/plan.ts";
import type { DshieldSources } from "../dshield-sources.ts";

/** What a trial adds to the sensor for its stand-ins. */
export type Additions = {
  readonly files: readonly { readonly path: string; readonly mode: string; readonly content: string }[];
  /** Commands to run as root before the first boot's own service. */
  readonly commands: readonly (readonly string[])[];
  /** For the report: what is added or replaced, and why. */
  readonly reasons: readonly { readonly what: string; readonly why: string }[];
};

export type AdditionsOptions = {
  /** The certificate of the stand-ins. */
  readonly cert: string;
  readonly sources: DshieldSources | undefined;
  readonly hasRealSecrets: boolean;
};

/** The additions for settings, of which the machine gets one after the other. */
export function additionsFor(
  plans: readonly Plan[],
  { cert, sources, hasRealSecrets }: AdditionsOptions,
): Additions {
  const has = (test: (plan: Plan) => boolean): boolean => plans.some(test);
  const needsCertificate = has(({ dshield, notify }) => dshield !== undefined || notify !== undefined);
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
