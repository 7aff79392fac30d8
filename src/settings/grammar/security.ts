import { choice, group } from "../leaf.ts";

/** Limits on the honeypot's outgoing traffic. */
export function securityGrammar() {
  return group("Limits on the honeypot itself.", {
    egress: choice(
      {
        description:
          "Outgoing traffic of the honeypot's own users (cowrie, the web honeypot, the capture, the analysis tools): everything, or only web (HTTP, HTTPS), name and time servers outside the sensor's own and private networks. The default is restricted on `target: pi` and open elsewhere. Traffic of root, such as backups and logs, is not limited.",
      },
      ["open", "restricted"],
    ),
  });
}
