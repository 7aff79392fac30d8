import type { Plan } from "../../plan/plan.ts";
import type { Attack } from "../attacks/attack.ts";
import type { TrialScope } from "./scope.ts";

/** The places where an analyst finds an attack. */
export const places = [
  "capture",
  "cowrie log",
  "web log",
  "firewall log",
  "collected logs",
  "archive",
  "status",
] as const;

export type Place = (typeof places)[number];

/** Why an attack does not appear in a place; `undefined`: it must. */
export function whyNotIn(place: Place, attack: Attack, plan: Plan, scope: TrialScope): string | undefined {
  if (place === "capture") return notCaptured(attack, plan);
  if (place === "archive") return notArchived(attack, plan);
  if (plan.dshield === undefined) return "the settings do not install DShield";
  if (scope.absent.dshield !== undefined) return scope.absent.dshield;
  if (attack.id === "telnet-login" && !plan.dshield.answersTelnet && place !== "firewall log")
    return "dshield.telnet is false";
  const isLogin = attack.id === "ssh-login" || attack.id === "telnet-login";
  if (place === "cowrie log" && !isLogin) return "cowrie answers SSH and telnet only";
  if (place === "web log" && attack.id !== "web-request") return "it is not a web request";
  return undefined;
}

function notCaptured({ ports }: Attack, { capture }: Plan): string | undefined {
  return ports.every((port) => capture.excludePorts.includes(port))
    ? "capture.exclude_ports has its port"
    : undefined;
}

function notArchived(attack: Attack, plan: Plan): string | undefined {
  if (!plan.backup.sets.includes("dumps")) return "backup.sets does not have dumps";
  if (plan.backup.format === "tar.zst") return "only the recipient can open the archives";
  return notCaptured(attack, plan);
}
