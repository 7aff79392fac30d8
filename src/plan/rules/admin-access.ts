import type { Rule } from "../rule.ts";

/** Requires at least one key and one network. A key file that could not be read was already reported. */
export const adminAccess: Rule = ({ plan, settings }) => {
  const findings = [];
  if (plan.admin.sshKeys.length === 0 && settings.admin.ssh_keys.length === 0)
    findings.push({
      code: "access/no-admin-key" as const,
      at: ["admin", "ssh_keys"],
      message: "there is no SSH key, and password login is disabled, so login would be impossible",
      hint: "ssh_keys: [{file: ~/.ssh/id_ed25519.pub}]",
    });
  if (plan.admin.allowFrom.length === 0)
    findings.push({
      code: "access/no-allow-from" as const,
      at: ["admin", "allow_from"],
      message: "allow_from has no network, so the admin port would be unreachable",
      hint: "add your own networks, like [198.51.100.0/24], or write anywhere",
    });
  return findings;
};
