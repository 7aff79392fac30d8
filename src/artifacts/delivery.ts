import { gzip, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { sha256 } from "./digest.ts";
import type { Template } from "./payload.ts";

/** The programs and secrets that `sensorbake apply` sends over SSH to a sensor that waits for them. */
export type Delivery = { readonly files: readonly Artifact[] };

/** A packed delivery. */
export type PackedDelivery = { readonly archive: Uint8Array; readonly sha256: string };

/** Packs a delivery as a gzip-compressed tar archive. Takes some ten milliseconds, so only sent deliveries are packed. */
export function packDelivery({ files }: Delivery): PackedDelivery {
  const archive = gzip(tar(files));
  return { archive, sha256: sha256(archive) };
}

/** Files that only a sensor with delivery over SSH needs. */
const receivers: readonly string[] = [
  "/opt/honeypot/first-boot/25-delivery.sh",
  "/opt/honeypot/scripts/receive.sh",
];

/** Files for the admin access and the first steps of the first boot. None of them contains a secret. */
const openers: readonly string[] = [
  "/etc/default/honeypot",
  "/etc/honeypot/authorized_keys",
  "/etc/ssh/sshd_config.d/10-honeypot.conf",
  "/etc/systemd/system/honeypot-admin-access.service",
  "/etc/systemd/system/honeypot-first-boot.service",
  "/etc/sysusers.d/honeypot.conf",
  "/etc/tmpfiles.d/honeypot.conf",
  "/opt/honeypot/first-boot/run",
  "/opt/honeypot/scripts/admin-access.sh",
  "/opt/honeypot/scripts/common.sh",
];

/** Splits a sensor's files into those that open the admin access and those that are sent over SSH. */
export function splitForSsh(
  files: readonly Artifact[],
  templates: readonly Template[],
): { readonly waiting: readonly Artifact[]; readonly delivery: Delivery } {
  const isEarly = ({ path }: Artifact) =>
    openers.includes(path) || /^\/opt\/honeypot\/first-boot\/[12]\d-/.test(path);
  const received = templates
    .filter(({ path }) => receivers.includes(path))
    .map(({ path, text }): Artifact => ({ path, mode: 0o700, content: text }));
  const waiting = [...files.filter(isEarly), ...received].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { waiting, delivery: { files: files.filter((file) => !isEarly(file)) } };
}
