import type { Rule } from "../rule.ts";

/** Somebody must be able to log in. A key file that could not be read has been reported by itself. */
export const adminAccess: Rule = ({ plan, settings }) => {
  const findings = [];
  if (plan.admin.sshKeys.length === 0 && settings.admin.ssh_keys.length === 0)
    findings.push({
      code: "access/no-admin-key" as const,
      at: ["admin", "ssh_keys"],
      message: "no ssh key: nobody could log in, since passwords are off",
      hint: "ssh_keys: [{file: ~/.ssh/id_ed25519.pub}]",
    });
  if (plan.admin.allowFrom.length === 0)
    findings.push({
      code: "access/no-allow-from" as const,
      at: ["admin", "allow_from"],
      message: "allow_from names no network: nobody could reach the admin port",
      hint: "write your own networks, like [198.51.100.0/24], or the word anywhere",
    });
  return findings;
};
