import ssh2 from "ssh2";
import type { Plan } from "../../plan/plan.ts";
import { type SecretName, secretsOf } from "../../plan/secrets.ts";

/** The names of the stand-ins for servers whose URLs are secrets. */
export const harmlessHosts = {
  heartbeat: "heartbeat.trial.example",
  webhook: "webhook.trial.example",
} as const;

/** Values for a trial in place of the sensor's secrets. `cert` is the certificate of the stand-ins. */
export function harmlessSecrets(plan: Plan, cert: string): ReadonlyMap<SecretName, string> {
  return new Map(secretsOf(plan).map(({ name }) => [name, values[name](cert)]));
}

const values: Readonly<Record<SecretName, (cert: string) => string>> = {
  "backup.password": () => "password-of-a-trial",
  "dshield.api_key": () => "KeyOfATrial",
  "transfer.private_key": () => ssh2.utils.generateKeyPairSync("ed25519").private,
  "network.wifi.psk": () => "passphrase-of-a-trial",
  "tools.cowrieprocessor.virustotal_api_key": () => "TokenOfATrial1",
  "tools.cowrieprocessor.urlhaus_api_key": () => "TokenOfATrial2",
  "tools.cowrieprocessor.spur_api_key": () => "TokenOfATrial3",
  "tools.json_log_country.geolite2.license_key": () => "KeyOfATrial2",
  "siem.ca": (cert) => cert,
  "notify.heartbeat.url": () => `https://${harmlessHosts.heartbeat}/beat`,
  "notify.webhook.url": () => `https://${harmlessHosts.webhook}/hook`,
  "notify.webhook.token": () => "TokenOfATrial4",
  "notify.mail.password": () => "password-of-a-trial",
};
