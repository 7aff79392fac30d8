import { honeypotPorts } from "../honeypot-ports.ts";
import type { Rule } from "../rule.ts";

/** Refuses a port of the honeypot as the admin port, because the firewall would redirect it, and that of the exporter. */
export const adminPort: Rule = ({ plan }) => {
  const { sshPort } = plan.admin;
  const owner = sshPort === plan.metrics?.port ? "the exporter of metrics has it" : honeypotPorts[sshPort];
  if (owner === undefined) return [];
  return [
    {
      code: "access/admin-port-taken",
      at: ["admin", "ssh_port"],
      message: `port ${sshPort} cannot be the admin port: ${owner}`,
      hint: "use 12222, which is free and where DShield expects sshd",
    },
  ];
};
