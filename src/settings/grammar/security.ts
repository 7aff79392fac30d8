import { choice, group } from "../leaf.ts";

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
