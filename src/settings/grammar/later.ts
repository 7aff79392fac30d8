import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { complainOfHostName } from "../alphabets/names.ts";
import { choice, group, text } from "../leaf.ts";

/** Where logs are shipped to. */
export function siemGrammar() {
  return group("A SIEM that logs are shipped to.", {
    logstash: text(
      {
        takes: "HOST:PORT",
        description: "The Logstash input of DShield-SIEM.",
        examples: ["siem.example.org:5044"],
      },
      complainOfEndpoint,
    ),
  });
}

/** What the honeypot may reach. */
export function securityGrammar() {
  return group("Limits on the honeypot itself.", {
    egress: choice(
      {
        description:
          "What the honeypot's own users (cowrie, the web honeypot, the capture) may reach: everything, or only name and time servers and the web (HTTP, HTTPS) outside of private networks. What root sends, backups and logs, is not limited.",
      },
      ["open", "restricted"],
    ),
  });
}

function complainOfEndpoint(value: string): Complaint | undefined {
  const [, host = "", port = "0"] = /^([^:]+):([1-9]\d{0,4})$/.exec(value) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535)
    return { message: `${quoted(value)} is not HOST:PORT`, hint: "e.g. siem.example.org:5044" };
  return complainOfHostName(host);
}
