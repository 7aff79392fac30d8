import type { Finding, Rule } from "../rule.ts";

/** Logs hold what attackers typed and who was there: they go through TLS, or as they are because the settings say so. */
export const siemProtection: Rule = ({ settings, writerOf }) => {
  const { siem } = settings;
  if (siem === undefined) return [];
  const at = (key: string) => ["siem", key];
  const findings: Finding[] = [];
  if (siem.logstash === undefined)
    findings.push({
      code: "settings/missing-key",
      at: at("logstash"),
      message: "logstash is missing: where the logs are shipped to",
    });
  if (siem.ca === undefined && siem.plaintext !== true)
    findings.push({
      code: "siem/unprotected",
      at: at("logstash"),
      message: "nothing protects the logs on their way, and anybody may answer for the SIEM",
      hint: "write ca: {file: siem-ca.pem}; inside a tunnel or a network of your own write plaintext: true",
    });
  if (siem.ca !== undefined && siem.plaintext === true && writerOf(at("ca")) === writerOf(at("plaintext")))
    findings.push({
      code: "siem/ca-unused",
      at: at("ca"),
      message: "plaintext: true ships without TLS; ca has no effect",
      hint: "leave out one of them",
    });
  return findings;
};
