import { honeypotPorts } from "../honeypot-ports.ts";
import type { Rule } from "../rule.ts";

/** The admin port must not be one that the honeypot answers: the firewall would give it to the attackers. */
export const adminPort: Rule = ({ plan }) => {
  const owner = honeypotPorts[plan.admin.sshPort];
  if (owner === undefined) return [];
  return [
    {
      code: "access/admin-port-taken",
      at: ["admin", "ssh_port"],
      message: `port ${plan.admin.sshPort} cannot be the admin port: ${owner}`,
      hint: "12222 is free, and where DShield expects sshd",
    },
  ];
};
