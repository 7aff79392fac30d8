import type { MergedSensor } from "../settings/merge.ts";
import { type Secret, toSecret } from "./secret.ts";

/** DShield's account and installation. */
export type DshieldPlan = {
  readonly email: string;
  readonly userId: number;
  /** `undefined` only if a rule reports it as missing. */
  readonly apiKey: Secret | undefined;
  /** Whether the key is checked with DShield's service before the installation. */
  readonly isKeyChecked: boolean;
  /** An https URL. */
  readonly repository: string;
  /** A commit, tag or branch of the repository. */
  readonly ref: string;
  readonly answersTelnet: boolean;
  /** `weekly`: updates to the newest commit of `ref`. */
  readonly updates: "manual" | "weekly";
  /** Whether upstream's remote-administration agent may be installed. */
  readonly hasVelociraptor: boolean;
  /** Subject of the honeypot's certificate: country, state, city, company, department. */
  readonly certificate: readonly string[];
};

/** How DShield is kept configured, regardless of who installed it. */
export type UpkeepPlan = {
  /** Upstream's daily reboot: `keep`, `off`, or five cron fields. */
  readonly dailyReboot: string;
};

/** Resolves the installation of DShield; a rule reports missing parts (address, number, key). */
export function resolveDshield(dshield: MergedSensor["dshield"]): DshieldPlan {
  const { country, state, city, company, department } = dshield.certificate;
  return {
    email: dshield.email ?? "",
    userId: dshield.user_id ?? 0,
    apiKey: dshield.api_key === undefined ? undefined : toSecret(dshield.api_key),
    isKeyChecked: dshield.check_api_key,
    repository: dshield.repository.replace(/\/$/, ""),
    ref: dshield.ref,
    answersTelnet: dshield.telnet,
    updates: dshield.updates,
    hasVelociraptor: dshield.velociraptor,
    certificate: [country, state, city, company, department],
  };
}

/** Resolves the configuration to restore after updates of DShield; `undefined`: nothing. */
export function resolveUpkeep(dshield: MergedSensor["dshield"]): UpkeepPlan | undefined {
  if (!dshield.install && dshield.keep_configured !== true) return undefined;
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(dshield.daily_reboot) ?? [];
  return {
    dailyReboot: hour === undefined ? dshield.daily_reboot : `${Number(minute)} ${Number(hour)} * * *`,
  };
}
