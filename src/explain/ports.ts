import { honeypotPorts } from "../plan/honeypot-ports.ts";
import type { Plan } from "../plan/plan.ts";
import type { Port } from "./explanation.ts";

/** What may reach the sensor, and what answers there. */
export function ports(plan: Plan): readonly Port[] {
  const { admin } = plan;
  const from = admin.allowFrom === "anywhere" ? ["anywhere"] : admin.allowFrom;
  return [
    { to: `tcp ${admin.sshPort}`, from, serves: `ssh for ${admin.user}, keys only` },
    ...honeypots(plan),
    { to: "every other port", from: ["anywhere"], serves: rest(plan) },
  ];
}

// Those that DShield's firewall hands to a honeypot, by the honeypot.
function honeypots({ dshield }: Plan): readonly Port[] {
  if (dshield === undefined) return [];
  const byName = new Map<string, number[]>();
  for (const [port, owner] of Object.entries(honeypotPorts)) {
    const name = /^DShield redirects it to (.*)$/.exec(owner)?.[1];
    if (name === undefined || (name.includes("telnet") && !dshield.answersTelnet)) continue;
    byName.set(name, [...(byName.get(name) ?? []), Number(port)]);
  }
  return [...byName].map(([serves, numbers]) => ({
    to: `tcp ${numbers.join(", ")}`,
    from: ["anywhere"],
    serves,
  }));
}

function rest({ dshield }: Plan): string {
  return dshield === undefined ? "the honeypot, if anything" : "logged and reported";
}
