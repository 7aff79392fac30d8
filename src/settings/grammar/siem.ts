import { complainOfEndpoint } from "../../values/endpoint.ts";
import { complainOfCertificate } from "../../values/secret-value.ts";
import { group, text, wholeNumber, yesNo } from "../leaf.ts";
import { certificate } from "../secret-leaf.ts";

/** Where logs are shipped to, and how they are protected on the way. */
export function siemGrammar() {
  return group("A SIEM that logs are shipped to, as they are written, by Filebeat.", {
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
          "The certificate (PEM) of the authority, or of the server itself, by which Logstash is known.",
        examples: [{ file: "siem-ca.pem" }],
      },
      complainOfCertificate,
    ),
    plaintext: yesNo({
      description:
        "`true`: logs go as they are, and to whoever answers. Right inside a tunnel (WireGuard) or a network of your own.",
    }),
    spool_megabytes: wholeNumber(
      {
        description: "What is kept on the disk while the SIEM is away, in megabytes; 1024 when absent.",
      },
      64,
      1_000_000,
    ),
  });
}
