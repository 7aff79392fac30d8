import type { Path } from "../diagnostics/diagnostic.ts";
import type { Plan, Secret } from "./plan.ts";

/** The dotted path of a setting that is a secret. */
export type SecretName = keyof ReturnType<typeof byName>;

/** A secret that a plan uses, and the setting it is. */
export type PlannedSecret = { readonly name: SecretName; readonly path: Path; readonly secret: Secret };

/** Every secret that the sensor will hold. */
export function secretsOf(plan: Plan): readonly PlannedSecret[] {
  const all = Object.entries(byName(plan)) as [SecretName, Secret | undefined][];
  return all.flatMap(([name, secret]) =>
    secret === undefined ? [] : [{ name, path: name.split("."), secret }],
  );
}

// A new one is a new line here; what its value must look like, `settings/read-secrets.ts` then has to say.
function byName({ backup, dshield, transfer, wifi, tools, siem }: Plan) {
  return {
    "backup.password": backup.password,
    "dshield.api_key": dshield?.apiKey,
    "transfer.private_key": transfer?.privateKey,
    "network.wifi.psk": wifi?.psk,
    "tools.cowrieprocessor.virustotal_api_key": tools?.cowrieprocessor?.virustotal,
    "tools.cowrieprocessor.urlhaus_api_key": tools?.cowrieprocessor?.urlhaus,
    "tools.cowrieprocessor.spur_api_key": tools?.cowrieprocessor?.spur,
    "tools.json_log_country.geolite2.license_key": tools?.jsonLogCountry?.licenseKey,
    "siem.ca": siem?.ca,
  };
}
