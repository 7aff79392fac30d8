import type { MergedSensor } from "../settings/merge.ts";
import { canonicalSshPublicKey } from "../values/ssh-public-key.ts";
import { distinct, networks } from "./distinct.ts";

/** The admin's login. */
export type AdminPlan = {
  readonly user: string;
  readonly sshPort: number;
  /** Lines of an authorized_keys file. */
  readonly sshKeys: readonly string[];
  /** Networks in CIDR form, or every address. */
  readonly allowFrom: readonly string[] | "anywhere";
};

/** When and for how long the rescue opens the admin port. */
export type RescuePlan = { readonly afterMinutes: number; readonly openMinutes: number };

/** The key lines of each file in `ssh_keys`, by the file name as written. */
export type KeyFiles = ReadonlyMap<string, readonly string[]>;

/** Resolves the admin's login. */
export function resolveAdmin(admin: MergedSensor["admin"], keyFiles: KeyFiles): AdminPlan {
  const lines = admin.ssh_keys.flatMap((key) =>
    typeof key === "string" ? [key] : (keyFiles.get(key.file) ?? []),
  );
  return {
    user: admin.user,
    sshPort: admin.ssh_port,
    sshKeys: distinct(lines.map(canonicalSshPublicKey)),
    allowFrom: admin.allow_from === "anywhere" ? "anywhere" : networks(admin.allow_from),
  };
}

/** Resolves the rescue, which is on by default if DShield's firewall may lock an admin out. */
export function resolveRescue(admin: MergedSensor["admin"], isDefault: boolean): RescuePlan | undefined {
  const { rescue = isDefault ? {} : "off", allow_from } = admin;
  if (rescue === "off" || allow_from === "anywhere") return undefined;
  return { afterMinutes: rescue.after_minutes ?? 30, openMinutes: rescue.open_minutes ?? 60 };
}
