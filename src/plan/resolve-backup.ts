import type { MergedSensor } from "../settings/merge.ts";
import { distinct } from "./distinct.ts";
import { type Secret, toSecret } from "./secret.ts";

/** The archives of the sensor. */
export type BackupPlan = {
  /** Five cron fields. */
  readonly schedule: string;
  readonly sets: readonly BackupSet[];
  readonly format: "zip" | "7z" | "tar.zst";
  /** Source of the archive password; `undefined` with `tar.zst`. */
  readonly password: Secret | undefined;
  /** age recipients (public keys); empty unless `tar.zst`. */
  readonly encryptTo: readonly string[];
  readonly keepDays: number;
};

export type BackupSet = "home" | "logs" | "srv" | "dshield_logs" | "crontabs" | "dumps";

/** Resolves the backup. */
export function resolveBackup(backup: MergedSensor["backup"]): BackupPlan {
  const isEncrypted = backup.format === "tar.zst";
  return {
    schedule: backup.schedule,
    sets: distinct(backup.sets),
    format: backup.format,
    password: isEncrypted ? undefined : toSecret(backup.password),
    encryptTo: isEncrypted ? distinct(backup.encrypt_to) : [],
    keepDays: backup.keep_days,
  };
}
