import { complainOfEndpoint } from "../../values/endpoint.ts";
import { complainOfCertificate } from "../../values/secret-value.ts";
import { group, text, wholeNumber, yesNo } from "../leaf.ts";
import { certificate } from "../secret-leaf.ts";

/** The SIEM for the logs, and the encryption of the connection. */
export function siemGrammar() {
  return group("A SIEM to which Filebeat ships logs as they are written.", {
    logstash: text(
      {
        takes: "HOST:PORT",
        description: "The Logstash input of DShield-SIEM.",
        examples: ["siem.example.org:5044", "[2001:db8::5]:5044"],
      },
      complainOfEndpoint,
    ),
    ca: certificate(
      {
        description:
          "PEM certificate by which Filebeat verifies Logstash: that of the certificate authority, or that of the server itself.",
        examples: [{ file: "siem-ca.pem" }],
      },
      complainOfCertificate,
    ),
    plaintext: yesNo({
      description:
        "`true`: logs are sent unencrypted to an unverified server. Use it only inside a tunnel (WireGuard) or on a private network.",
    }),
    spool_megabytes: wholeNumber(
      {
        description:
          "Maximum size of the spool on disk while the SIEM is unreachable, in megabytes; 1024 by default.",
      },
      64,
      1_000_000,
    ),
  });
}
