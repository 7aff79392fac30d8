import type { Plan } from "../../plan/plan.ts";

/** The ports that visitors attack. DShield redirects them to its honeypots. */
export const attackedPorts = { ssh: 22, telnet: 23, web: 80 } as const;

/** Ports of the sensor that an attack scans: those of the honeypots, and some that are closed. */
export function scannedPorts(plan: Plan): readonly number[] {
  const admins = new Set([plan.admin.sshPort, plan.metrics?.port]);
  return [21, 22, 23, 80, 443, 445, 2323, 3389, 5555, 7547, 8080, 9000].filter((port) => !admins.has(port));
}

/** The ports of the sensor to which the emulator must lead, besides the admin port. */
export function forwardedPorts(plan: Plan): readonly number[] {
  return [...new Set([...Object.values(attackedPorts), ...scannedPorts(plan)])];
}
