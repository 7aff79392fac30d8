import type { Path } from "../diagnostics/diagnostic.ts";
import type { Plan, Secret } from "./plan.ts";

/** A secret that a plan uses, and the setting it is. */
export type PlannedSecret = { readonly path: Path; readonly secret: Secret };

/** Every secret that the sensor will hold; a new one is a new line here. */
export function secretsOf(plan: Plan): readonly PlannedSecret[] {
  const secrets: PlannedSecret[] = [];
  if (plan.backup.password) secrets.push({ path: ["backup", "password"], secret: plan.backup.password });
  if (plan.dshield?.apiKey) secrets.push({ path: ["dshield", "api_key"], secret: plan.dshield.apiKey });
  if (plan.transfer?.privateKey)
    secrets.push({ path: ["transfer", "private_key"], secret: plan.transfer.privateKey });
  if (plan.wifi?.psk) secrets.push({ path: ["network", "wifi", "psk"], secret: plan.wifi.psk });
  for (const key of ["virustotal", "urlhaus", "spur"] as const) {
    const secret = plan.tools?.cowrieprocessor?.[key];
    if (secret) secrets.push({ path: ["tools", "cowrieprocessor", `${key}_api_key`], secret });
  }
  const licence = plan.tools?.jsonLogCountry?.licenseKey;
  if (licence)
    secrets.push({ path: ["tools", "json_log_country", "geolite2", "license_key"], secret: licence });
  if (plan.siem?.ca) secrets.push({ path: ["siem", "ca"], secret: plan.siem.ca });
  return secrets;
}
