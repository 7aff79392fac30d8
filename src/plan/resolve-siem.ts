import type { MergedSensor } from "../settings/merge.ts";
import { canonicalAddress } from "../values/addresses.ts";
import { parseEndpoint } from "../values/endpoint.ts";
import type { SiemPlan } from "./plan.ts";
import { toSecret } from "./secret.ts";

/** Resolves the SIEM; a rule reports missing or contradictory settings. */
export function resolveSiem(siem: NonNullable<MergedSensor["siem"]>): SiemPlan | undefined {
  if (siem.logstash === undefined) return undefined;
  const { host, port } = parseEndpoint(siem.logstash) ?? { host: "", port: 0 };
  return {
    host: canonicalAddress(host) ?? host,
    port,
    ca: siem.plaintext === true || siem.ca === undefined ? undefined : toSecret(siem.ca),
    spoolMegabytes: siem.spool_megabytes ?? 1024,
  };
}
