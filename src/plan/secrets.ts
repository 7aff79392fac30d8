import type { Path } from "../diagnostics/diagnostic.ts";
import { complainOfNotifyUrl } from "../values/notify-url.ts";
import {
  complainOfApiKey,
  complainOfCertificate,
  complainOfPassword,
  complainOfPrivateKey,
  complainOfToken,
  complainOfWifiPassphrase,
  type SecretCheck,
} from "../values/secret-value.ts";
import type { Plan } from "./plan.ts";
import type { Secret } from "./secret.ts";

/** The facts about one secret of the settings. */
type SecretFacts = {
  /** The secret in a plan; `undefined` if the sensor does not use it. */
  readonly of: (plan: Plan) => Secret | undefined;
  readonly complain: SecretCheck;
  /** Its file in `/etc/honeypot/secrets`; without one, another file on the sensor contains it. */
  readonly file?: string;
  /** Whether the value has several lines. */
  readonly isMultiLine?: true;
  /** Whether the value is public: a certificate. */
  readonly isPublic?: true;
  /** Typical length of a value, for estimates of size; 24 by default. */
  readonly usualLength?: number;
};

/** The secrets of the settings by dotted path. Add a new secret here. */
export const secretFacts = {
  "backup.password": {
    of: ({ backup }) => backup.password,
    complain: complainOfPassword,
    file: "backup_password",
  },
  "dshield.api_key": {
    of: ({ dshield }) => dshield?.apiKey,
    complain: complainOfApiKey,
    file: "dshield_api_key",
  },
  "transfer.private_key": {
    of: ({ transfer }) => transfer?.privateKey,
    complain: complainOfPrivateKey,
    file: "transfer_key",
    isMultiLine: true,
    usualLength: 400,
  },
  "network.wifi.psk": { of: ({ wifi }) => wifi?.psk, complain: complainOfWifiPassphrase },
  "tools.cowrieprocessor.virustotal_api_key": {
    of: ({ tools }) => tools?.cowrieprocessor?.virustotal,
    complain: complainOfToken,
    file: "virustotal",
  },
  "tools.cowrieprocessor.urlhaus_api_key": {
    of: ({ tools }) => tools?.cowrieprocessor?.urlhaus,
    complain: complainOfToken,
    file: "urlhaus",
  },
  "tools.cowrieprocessor.spur_api_key": {
    of: ({ tools }) => tools?.cowrieprocessor?.spur,
    complain: complainOfToken,
    file: "spur",
  },
  "tools.json_log_country.geolite2.license_key": {
    of: ({ tools }) => tools?.jsonLogCountry?.licenseKey,
    complain: complainOfToken,
    file: "maxmind",
  },
  "siem.ca": {
    of: ({ siem }) => siem?.ca,
    complain: complainOfCertificate,
    file: "siem_ca",
    isMultiLine: true,
    isPublic: true,
  },
  "notify.heartbeat.url": {
    of: ({ notify }) => notify?.heartbeat,
    complain: complainOfNotifyUrl,
    file: "heartbeat_url",
    usualLength: 60,
  },
  "notify.webhook.url": {
    of: ({ notify }) => notify?.webhook?.url,
    complain: complainOfNotifyUrl,
    file: "webhook_url",
    usualLength: 100,
  },
  "notify.webhook.token": {
    of: ({ notify }) => notify?.webhook?.token,
    complain: complainOfToken,
    file: "webhook_token",
  },
  "notify.mail.password": {
    of: ({ notify }) => notify?.mail?.password,
    complain: complainOfPassword,
    file: "mail_password",
  },
} as const satisfies Readonly<Record<string, SecretFacts>>;

/** The dotted path of a setting that is a secret. */
export type SecretName = keyof typeof secretFacts;

/** The facts of one secret. */
export function factsOf(name: SecretName): SecretFacts {
  return secretFacts[name];
}

/** A secret that a plan uses, with its setting. */
export type PlannedSecret = { readonly name: SecretName; readonly path: Path; readonly secret: Secret };

/** Every secret that the sensor will have. */
export function secretsOf(plan: Plan): readonly PlannedSecret[] {
  return (Object.keys(secretFacts) as SecretName[]).flatMap((name) => {
    const secret = factsOf(name).of(plan);
    return secret === undefined ? [] : [{ name, path: name.split("."), secret }];
  });
}
