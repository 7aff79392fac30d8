import { honeypotPorts } from "../plan/honeypot-ports.ts";
import type { Plan } from "../plan/plan.ts";
import type { Port } from "./explanation.ts";

/** Begins the words for a source that the rescue lets in. */
export const whileRescueIsOpen = "while the rescue is open: ";

/** The ports of the sensor, who can reach them, and which service answers. */
export function ports(plan: Plan): readonly Port[] {
  const { admin } = plan;
  const networks = admin.allowFrom === "anywhere" ? ["anywhere"] : admin.allowFrom;
  return [
    {
      to: `tcp ${admin.sshPort}`,
      from: [...networks, ...rescue(plan)],
      serves: `ssh for ${admin.user}, keys only`,
    },
    ...metrics(plan),
    ...honeypots(plan),
    ...rest(plan),
  ];
}

function metrics({ metrics: exporter }: Plan): readonly Port[] {
  if (exporter === undefined) return [];
  return [{ to: `tcp ${exporter.port}`, from: exporter.allowFrom, serves: "measurements for Prometheus" }];
}

// A sensor cannot change its security group.
function rescue({ rescue: way, target }: Plan): readonly string[] {
  if (way === undefined) return [];
  return [`${whileRescueIsOpen}${target === "ec2" ? "as the security group allows" : "anywhere"}`];
}

// The ports that DShield's firewall redirects, by honeypot.
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

// DShield's firewall has no rules for IPv6; ours cover it.
function rest({ dshield, upkeep }: Plan): readonly Port[] {
  if (dshield === undefined && upkeep === undefined)
    return [{ to: "every other port", from: ["anywhere"], serves: "the honeypot, if it listens" }];
  return [
    { to: "every other port by IPv4", from: [], serves: "logged, reported, dropped" },
    { to: "every other port by IPv6", from: [], serves: "dropped" },
  ];
}
