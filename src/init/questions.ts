import type { Complaint } from "../diagnostics/diagnostic.ts";
import { targets } from "../plan/targets.ts";
import type { TargetName } from "../values/target-names.ts";
import type { Answers } from "./answers.ts";

/** One question about a sensor. In the order in which they are asked; to ask more, add one here. */
export type Question = {
  /** Whether it makes sense after what was answered before. */
  readonly isAsked: (answers: Answers) => boolean;
  /** What one should know to answer; without a newline at the end. */
  readonly about?: (answers: Answers) => string;
  readonly prompt: string;
  /** What an empty answer means; `undefined`: it must be answered. */
  readonly preset: (answers: Answers) => string | undefined;
  /** The answers with this one, or what is wrong with it already. */
  readonly take: (text: string, answers: Answers) => Answers | Complaint;
};

export const questions: readonly Question[] = [
  {
    isAsked: () => true,
    prompt: "Name of the sensor",
    preset: ({ name }) => name,
    take: (name, answers) => ({ ...answers, name }),
  },
  {
    isAsked: () => true,
    about:
      () => `Where it runs: pi is a Raspberry Pi, nocloud a machine of your own (libvirt, Proxmox, VMware),
the others are providers: ${Object.keys(targets)
        .filter((name) => name !== "pi" && name !== "nocloud")
        .join(", ")}`,
    prompt: "Where it runs",
    preset: ({ target }) => target,
    take: (target, answers) => ({ ...answers, target, os: systemsOf(target)[0] ?? answers.os }),
  },
  {
    isAsked: ({ target }) => systemsOf(target).length > 1,
    about: ({ target }) => `Its operating system: ${systemsOf(target).join(", ")}`,
    prompt: "System",
    preset: ({ os }) => os,
    take: (os, answers) => ({ ...answers, os }),
  },
  {
    isAsked: ({ target }) => target === "ec2",
    prompt: "EC2 region",
    preset: ({ region }) => region,
    take: (region, answers) => ({ ...answers, region }),
  },
  {
    isAsked: ({ target }) => target === "pi",
    prompt: "Name of its wireless network, or - for a cable",
    preset: () => "-",
    take: (ssid, answers) => ({ ...answers, wifi: ssid === "-" ? undefined : { ssid, country: "US" } }),
  },
  {
    isAsked: ({ wifi }) => wifi !== undefined,
    prompt: "Country, for the rules of radio",
    preset: () => undefined,
    take: (country, answers) =>
      answers.wifi === undefined ? answers : { ...answers, wifi: { ...answers.wifi, country } },
  },
  {
    isAsked: () => true,
    about: () => "The first boot installs DShield, unless it is there already or comes later.",
    prompt: "Install DShield",
    preset: () => "yes",
    take: (text, answers) => {
      const isYes = yesOrNo(text);
      if (isYes === undefined) return { message: "yes or no" };
      return { ...answers, dshield: isYes ? anyAccount : undefined };
    },
  },
  {
    isAsked: ({ dshield }) => dshield !== undefined,
    about: () => "DShield reports for an account, which https://isc.sans.edu/myaccount.html shows.",
    prompt: "Its e-mail address",
    preset: () => undefined,
    take: (email, answers) => ({ ...answers, dshield: { ...anyAccount, ...answers.dshield, email } }),
  },
  {
    isAsked: ({ dshield }) => dshield !== undefined,
    prompt: "Its number (userid)",
    preset: () => undefined,
    take: (text, answers) => ({
      ...answers,
      dshield: { ...anyAccount, ...answers.dshield, userId: numberOr(text) },
    }),
  },
  {
    isAsked: () => true,
    prompt: "Time zone",
    preset: ({ timezone }) => timezone,
    take: (timezone, answers) => ({ ...answers, timezone }),
  },
  {
    isAsked: () => true,
    prompt: "Your login name on the sensor",
    preset: ({ user }) => user,
    take: (user, answers) => ({ ...answers, user }),
  },
  {
    isAsked: () => true,
    prompt: "Port of that login",
    preset: ({ sshPort }) => String(sshPort),
    take: (text, answers) => ({ ...answers, sshPort: numberOr(text) }),
  },
  {
    isAsked: () => true,
    about:
      () => `Who may reach that port: networks or addresses like 198.51.100.0/24, with blanks between them,
or the word anywhere. Only keys are let in either way.`,
    prompt: "From where",
    preset: () => undefined,
    take: (text, answers) => ({
      ...answers,
      allowFrom: text === "anywhere" ? text : text.split(/[\s,]+/).filter((word) => word !== ""),
    }),
  },
  {
    isAsked: ({ target }) => target !== "pi",
    about:
      () => `Whoever breaks into the honeypot acts from its users. With yes these reach the web, name and time
servers only, and no machine of your network.`,
    prompt: "Restrict what the honeypot reaches",
    preset: ({ egress }) => (egress === "restricted" ? "yes" : "no"),
    take: (text, answers) => {
      const isYes = yesOrNo(text);
      if (isYes === undefined) return { message: "yes or no" };
      return { ...answers, egress: isYes ? "restricted" : "open" };
    },
  },
];

// Stands where an account's parts have not been asked for yet.
const anyAccount = { email: "analyst@example.org", userId: 1 } as const;

function yesOrNo(text: string): boolean | undefined {
  if (/^no?$/i.test(text)) return false;
  return /^y(es)?$/i.test(text) ? true : undefined;
}

function numberOr(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

// First the one that is the default.
function systemsOf(target: string): readonly string[] {
  if (!Object.hasOwn(targets, target)) return [];
  // `hasOwn` does not narrow.
  const systems: readonly string[] = targets[target as TargetName].systems;
  const preferred = ["debian-13", "raspios-13", "ubuntu-24.04"].filter((os) => systems.includes(os));
  return [...new Set([...preferred, ...systems])];
}
