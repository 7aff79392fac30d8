import type { Finding, Rule } from "../rule.ts";

/** Logs contain sensitive data: requires TLS, or an explicit `plaintext: true`. */
export const siemProtection: Rule = ({ settings, writerOf }) => {
  const { siem } = settings;
  if (siem === undefined) return [];
  const at = (key: string) => ["siem", key];
  const findings: Finding[] = [];
  if (siem.logstash === undefined)
    findings.push({
      code: "settings/missing-key",
      at: at("logstash"),
      message: "logstash is missing; it is the address of the SIEM",
    });
  if (siem.ca === undefined && siem.plaintext !== true)
    findings.push({
      code: "siem/unprotected",
      at: at("logstash"),
      message: "the logs would be sent unencrypted to an unverified server",
      hint: "add ca: {file: siem-ca.pem}; inside a tunnel or on a private network write plaintext: true",
    });
  if (siem.ca !== undefined && siem.plaintext === true && writerOf(at("ca")) === writerOf(at("plaintext")))
    findings.push({
      code: "siem/ca-unused",
      at: at("ca"),
      message: "plaintext: true ships without TLS, so ca has no effect",
      hint: "remove one of them",
    });
  return findings;
};
