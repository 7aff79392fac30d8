import { isIP } from "node:net";
import type { Plan } from "../plan/plan.ts";
import type { Part } from "./observe/scope.ts";

/** This machine, as the guest sees it. */
export const hostAddress = "10.0.2.2";

/** Something that a trial adds to a sensor, or replaces there. */
export type Addition = { readonly what: string; readonly why: string };

export type TrialPlan = {
  /** The settings with which the machine of the trial is compiled. */
  readonly plan: Plan;
  readonly additions: readonly Addition[];
  /** For each part that the trial leaves out, the reason. */
  readonly absent: Readonly<Partial<Record<Part, string>>>;
};

export type TrialPlanOptions = {
  /** The public key of the trial's own login. */
  readonly key: string;
  /** Parts that the user leaves out. */
  readonly without: readonly ("dshield" | "tools")[];
};

/** The settings of a sensor as a trial compiles them. */
export function trialPlan(plan: Plan, { key, without }: TrialPlanOptions): TrialPlan {
  const { admin } = plan;
  const additions: Addition[] = [
    { what: `a key of ${admin.user}`, why: "the trial logs in with a key that it makes for itself" },
  ];
  const isOpen = admin.allowFrom === "anywhere";
  if (!isOpen) {
    additions.push({ what: `admin.allow_from: ${hostAddress}`, why: "the trial logs in from this address" });
  }
  const changes: Partial<Plan> = {
    admin: {
      ...admin,
      sshKeys: [...admin.sshKeys, key],
      allowFrom: admin.allowFrom === "anywhere" ? "anywhere" : [...admin.allowFrom, `${hostAddress}/32`],
    },
    ...namedServers(plan, additions),
  };
  // The trial has a network of its own, without Wi-Fi.
  Object.assign(changes, { network: undefined, wifi: undefined });
  if (plan.target === "pi") {
    additions.push({ what: "target: nocloud", why: "QEMU has no Raspberry Pi to start the card's image" });
    Object.assign(changes, { target: "nocloud", piBoot: undefined });
  }
  if (without.includes("dshield")) Object.assign(changes, { dshield: undefined, upkeep: undefined });
  if (without.includes("tools")) Object.assign(changes, { tools: undefined });
  const tried = { ...plan, ...changes };
  return { plan: tried, additions, absent: absentParts(plan, tried) };
}

function absentParts(given: Plan, tried: Plan): TrialPlan["absent"] {
  const lacksDshield = tried.dshield === undefined;
  const absent: Partial<Record<Part, string>> = {};
  if (lacksDshield && given.dshield !== undefined) absent.dshield = "--no-dshield leaves it out";
  if (tried.tools !== undefined) {
    absent.queries = "no stand-in answers these queries";
    if (lacksDshield) absent.reports = "without DShield no honeypot writes logs";
  } else if (given.tools !== undefined)
    for (const part of ["tools", "reports", "queries"] as const) absent[part] = "--no-tools leaves them out";
  return absent;
}

// A name in /etc/hosts leads to the gateway; an address does not.
function namedServers({ transfer, siem, notify }: Plan, additions: Addition[]): Partial<Plan> {
  const named = (setting: string, host: string): string => {
    if (isIP(host) === 0) return host;
    const name = `address-${host.replace(/[^0-9a-f]/gi, "-")}.trial.example`;
    additions.push({
      what: `${setting}: ${name}`,
      why: `in place of ${host}, because only a name can lead to a stand-in`,
    });
    return name;
  };
  return {
    ...(transfer && { transfer: { ...transfer, host: named("transfer.host", transfer.host) } }),
    ...(siem && { siem: { ...siem, host: named("siem.host", siem.host) } }),
    ...(notify?.mail && {
      notify: { ...notify, mail: { ...notify.mail, host: named("notify.mail.host", notify.mail.host) } },
    }),
  };
}
