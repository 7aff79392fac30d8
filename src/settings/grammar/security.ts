import { choice, group } from "../leaf.ts";

/** What the honeypot may reach. */
export function securityGrammar() {
  return group("Limits on the honeypot itself.", {
    egress: choice(
      {
        description:
          "What the honeypot's own users (cowrie, the web honeypot, the capture) may reach: everything, or only the web (HTTP, HTTPS), name servers and time servers, none of them in the sensor's own network or in a private one. On `target: pi` the default is restricted, elsewhere open. What root sends, backups and logs, is not limited.",
      },
      ["open", "restricted"],
    ),
  });
}
