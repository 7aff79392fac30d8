import type { Complaint } from "../diagnostics/diagnostic.ts";
import { targets } from "../plan/targets.ts";
import type { TargetName } from "../values/target-names.ts";
import type { Answers } from "./answers.ts";

/** One question about a sensor. */
export type Question = {
  /** Whether the question applies after the previous answers. */
  readonly isAsked: (answers: Answers) => boolean;
  /** Background for the answer; without a newline at the end. */
  readonly about?: (answers: Answers) => string;
  readonly prompt: string;
  /** The meaning of an empty answer; `undefined`: an answer is required. */
  readonly preset: (answers: Answers) => string | undefined;
  readonly take: (text: string, answers: Answers) => Taken;
};

/** The answers with a new one, or why it is invalid. */
export type Taken =
  | { readonly kind: "taken"; readonly answers: Answers }
  | { readonly kind: "refused"; readonly complaint: Complaint };

/** The questions in the order in which they are asked. Add a new one here. */
export const questions: readonly Question[] = [
  {
    isAsked: () => true,
    prompt: "Name of the sensor",
    preset: ({ name }) => name,
    take: (name, answers) => taken({ ...answers, name }),
  },
  {
    isAsked: () => true,
    about:
      () => `Where the sensor runs: pi is a Raspberry Pi, nocloud is a virtual machine (libvirt, Proxmox, VMware),
the others are providers: ${Object.keys(targets)
        .filter((name) => name !== "pi" && name !== "nocloud")
        .join(", ")}`,
    prompt: "Target",
    preset: ({ target }) => target,
    take: (target, answers) => taken({ ...answers, target, os: systemsOf(target)[0] ?? answers.os }),
  },
  {
    isAsked: ({ target }) => systemsOf(target).length > 1,
    about: ({ target }) => `The operating system: ${systemsOf(target).join(", ")}`,
    prompt: "Operating system",
    preset: ({ os }) => os,
    take: (os, answers) => taken({ ...answers, os }),
  },
  {
    isAsked: ({ target }) => target === "ec2",
    prompt: "EC2 region",
    preset: ({ region }) => region,
    take: (region, answers) => taken({ ...answers, region }),
  },
  {
    isAsked: ({ target }) => target === "pi",
    prompt: "Name of the Wi-Fi network, or - for Ethernet",
    preset: () => "-",
    take: (ssid, answers) => taken({ ...answers, wifi: ssid === "-" ? undefined : { ssid, country: "US" } }),
  },
  {
    isAsked: ({ wifi }) => wifi !== undefined,
    prompt: "Country code, for radio regulations",
    preset: () => undefined,
    take: (country, answers) =>
      taken(answers.wifi === undefined ? answers : { ...answers, wifi: { ...answers.wifi, country } }),
  },
  {
    isAsked: () => true,
    about: () =>
      "The first boot can install DShield. Answer no if it is already installed or will be installed later.",
    prompt: "Install DShield",
    preset: () => "yes",
    take: (text, answers) => {
      const isYes = yesOrNo(text);
      if (isYes === undefined) return neitherYesNorNo;
      return taken({ ...answers, dshield: isYes ? anyAccount : undefined });
    },
  },
  {
    isAsked: ({ dshield }) => dshield !== undefined,
    about: () => "DShield reports for an account, shown at https://isc.sans.edu/myaccount.html.",
    prompt: "E-mail address of the account",
    preset: () => undefined,
    take: (email, answers) => taken({ ...answers, dshield: { ...anyAccount, ...answers.dshield, email } }),
  },
  {
    isAsked: ({ dshield }) => dshield !== undefined,
    prompt: "Number of the account (userid)",
    preset: () => undefined,
    take: (text, answers) =>
      taken({
        ...answers,
        dshield: { ...anyAccount, ...answers.dshield, userId: numberOr(text) },
      }),
  },
  {
    isAsked: () => true,
    prompt: "Time zone",
    preset: ({ timezone }) => timezone,
    take: (timezone, answers) => taken({ ...answers, timezone }),
  },
  {
    isAsked: () => true,
    prompt: "Your login name on the sensor",
    preset: ({ user }) => user,
    take: (user, answers) => taken({ ...answers, user }),
  },
  {
    isAsked: () => true,
    prompt: "Port for this login",
    preset: ({ sshPort }) => String(sshPort),
    take: (text, answers) => taken({ ...answers, sshPort: numberOr(text) }),
  },
  {
    isAsked: () => true,
    about:
      () => `Networks that can reach this port: networks or addresses like 198.51.100.0/24, separated by spaces,
or the word anywhere. Login always requires a key.`,
    prompt: "Networks",
    preset: () => undefined,
    take: (text, answers) =>
      taken({
        ...answers,
        allowFrom: text === "anywhere" ? text : text.split(/[\s,]+/).filter((word) => word !== ""),
      }),
  },
  {
    isAsked: ({ target }) => target !== "pi",
    about:
      () => `An attacker who breaks out of the honeypot acts as its users. With yes, these users can reach only web, name
and time servers, and no machine in your network.`,
    prompt: "Restrict outgoing traffic of the honeypot",
    preset: ({ egress }) => (egress === "restricted" ? "yes" : "no"),
    take: (text, answers) => {
      const isYes = yesOrNo(text);
      if (isYes === undefined) return neitherYesNorNo;
      return taken({ ...answers, egress: isYes ? "restricted" : "open" });
    },
  },
];

// Placeholder until the account is known.
const anyAccount = { email: "analyst@example.org", userId: 1 } as const;

function taken(answers: Answers): Taken {
  return { kind: "taken", answers };
}

const neitherYesNorNo: Taken = { kind: "refused", complaint: { message: "answer yes or no" } };

function yesOrNo(text: string): boolean | undefined {
  if (/^no?$/i.test(text)) return false;
  return /^y(es)?$/i.test(text) ? true : undefined;
}

function numberOr(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

// The default comes first.
function systemsOf(target: string): readonly string[] {
  if (!Object.hasOwn(targets, target)) return [];
  // `hasOwn` does not narrow.
  const systems: readonly string[] = targets[target as TargetName].systems;
  const preferred = ["debian-13", "raspios-13", "ubuntu-24.04"].filter((os) => systems.includes(os));
  return [...new Set([...preferred, ...systems])];
}
