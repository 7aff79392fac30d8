import type { MergedSensor } from "../settings/merge.ts";
import { canonicalAddress } from "../values/addresses.ts";
import { parseEndpoint } from "../values/endpoint.ts";
import { type Secret, toSecret } from "./secret.ts";

/** The server to which Filebeat ships logs. */
export type SiemPlan = {
  readonly host: string;
  readonly port: number;
  /** The certificate that verifies the server; `undefined`: no TLS, which needs `plaintext: true`. */
  readonly ca: Secret | undefined;
  /** Maximum size of the spool on disk, in megabytes. */
  readonly spoolMegabytes: number;
};

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
