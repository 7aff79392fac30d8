import type { MergedSensor } from "../settings/merge.ts";
import { reviewedRefs } from "../settings/reviewed-refs.ts";
import type { WrittenSecret } from "../settings/secret-leaf.ts";
import { type Secret, toSecret } from "./secret.ts";

/** The analysis tools, at least one of them, and the limits of each run. */
export type ToolsPlan = {
  readonly memoryMegabytes: number;
  readonly timeLimitSeconds: number;
  readonly keepDays: number;
  readonly cowrieprocessor: CowrieprocessorPlan | undefined;
  readonly jsonLogCountry: JsonLogCountryPlan | undefined;
};

export type CowrieprocessorPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
  /** The address for querying DShield about networks; empty: no queries. */
  readonly email: string;
  /** `undefined`: that service is not queried. */
  readonly virustotal: Secret | undefined;
  readonly urlhaus: Secret | undefined;
  readonly spur: Secret | undefined;
};

export type JsonLogCountryPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
  /** Number of the MaxMind account; 0: the sensor does not download the database. */
  readonly accountId: number;
  readonly licenseKey: Secret | undefined;
};

type Tools = MergedSensor["tools"];

/** Resolves the named tools with their defaults; `undefined` if the settings name none. */
export function resolveTools(tools: Tools): ToolsPlan | undefined {
  const { cowrieprocessor, json_log_country: jsonLogCountry } = tools;
  if (cowrieprocessor === undefined && jsonLogCountry === undefined) return undefined;
  return {
    memoryMegabytes: tools.memory_megabytes,
    timeLimitSeconds: tools.time_limit_minutes * 60,
    keepDays: tools.keep_days,
    cowrieprocessor: cowrieprocessor && resolveCowrieprocessor(cowrieprocessor),
    jsonLogCountry: jsonLogCountry && resolveJsonLogCountry(jsonLogCountry),
  };
}

function resolveCowrieprocessor(tool: NonNullable<Tools["cowrieprocessor"]>): CowrieprocessorPlan {
  return {
    schedule: tool.schedule ?? "30 1 * * *",
    ref: tool.ref ?? reviewedRefs["tools.cowrieprocessor.ref"][0],
    email: tool.email ?? "",
    virustotal: optional(tool.virustotal_api_key),
    urlhaus: optional(tool.urlhaus_api_key),
    spur: optional(tool.spur_api_key),
  };
}

// A rule reports an incomplete account.
function resolveJsonLogCountry(tool: NonNullable<Tools["json_log_country"]>): JsonLogCountryPlan {
  return {
    schedule: tool.schedule ?? "45 1 * * 1",
    ref: tool.ref ?? reviewedRefs["tools.json_log_country.ref"][0],
    accountId: tool.geolite2?.account_id ?? 0,
    licenseKey: optional(tool.geolite2?.license_key),
  };
}

function optional(written: WrittenSecret | undefined): Secret | undefined {
  return written === undefined ? undefined : toSecret(written);
}
