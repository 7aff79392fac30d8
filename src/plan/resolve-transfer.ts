import type { MergedSensor } from "../settings/merge.ts";
import { withName } from "../settings/sensor-names.ts";
import { canonicalSshPublicKey } from "../values/ssh-public-key.ts";
import { distinct } from "./distinct.ts";
import { type Secret, toSecret } from "./secret.ts";

/** The SFTP server for the archives, and the login there. */
export type TransferPlan = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The sensor's folder on the server, with the placeholder replaced and without a trailing slash. */
  readonly path: string;
  /** Pinned host keys: `ssh-ed25519 AAAA...`. */
  readonly hostKeys: readonly string[];
  /** `undefined`: the sensor generates its own at the first boot. */
  readonly privateKey: Secret | undefined;
  /** Five cron fields. */
  readonly schedule: string;
  /** Kilobits per second; 0: no limit. */
  readonly bandwidthLimit: number;
  /** Days to keep archives on the server; 0: forever. */
  readonly keepDays: number;
};

/** The settings of a transfer. */
export type TransferSettings = NonNullable<MergedSensor["transfer"]>;

/** Resolves the transfer of one sensor; a rule reports missing parts (host, user, path, keys). */
export function resolveTransfer(transfer: TransferSettings, name: string): TransferPlan {
  const { host_key: keys = [] } = transfer;
  return {
    host: transfer.host ?? "",
    port: transfer.port ?? 22,
    user: withName(transfer.user ?? "", name),
    path: withName(transfer.path ?? "", name).replace(/(?<=.)\/$/, ""),
    hostKeys: distinct(
      (typeof keys === "string" ? [keys] : keys).map((key) =>
        canonicalSshPublicKey(key).split(" ").slice(0, 2).join(" "),
      ),
    ),
    privateKey:
      transfer.generate_key === true || transfer.private_key === undefined
        ? undefined
        : toSecret(transfer.private_key),
    schedule: transfer.schedule ?? defaultTransferSchedule,
    bandwidthLimit: transfer.bandwidth_limit ?? 0,
    keepDays: transfer.keep_days ?? 0,
  };
}

/** An hour after the default of `backup.schedule`. */
export const defaultTransferSchedule = "0 4 * * *";
