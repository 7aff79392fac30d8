import { gzip } from "../artifacts/archive.ts";
import { type Artifact, bytesOf } from "../artifacts/artifact.ts";
import { compact } from "../artifacts/compact.ts";
import type { Size } from "./explanation.ts";

/**
 * Divides the bytes of the user-data among the features, by the size of their files, or by their compressed size where
 * the files are compressed together. The shares add up to `bytes`; the largest comes first.
 */
export function featureShares(
  files: readonly Artifact[],
  { form, bytes }: Pick<Size, "form" | "bytes">,
): Size["features"] {
  const groups = new Map<string, readonly Artifact[]>();
  for (const file of files) {
    const feature = featureOf(file.path);
    groups.set(feature, [...(groups.get(feature) ?? []), file]);
  }
  const weights = [...groups].map(([feature, members]) => ({
    feature,
    weight: form === "readable" ? sum(members.map((file) => bytesOf(file).byteLength)) : compressed(members),
  }));
  const total = sum(weights.map(({ weight }) => weight));
  const shares = weights
    .map(({ feature, weight }) => ({ feature, bytes: Math.floor((bytes * weight) / total) }))
    .sort((a, b) => b.bytes - a.bytes || (a.feature < b.feature ? -1 : 1));
  const rest = bytes - sum(shares.map((share) => share.bytes));
  return shares.map((share, index) => (index === 0 ? { ...share, bytes: share.bytes + rest } : share));
}

function compressed(files: readonly Artifact[]): number {
  const parts = files.map((file) => bytesOf(compact(file)));
  return gzip(Buffer.concat(parts)).byteLength;
}

/**
 * The feature that a file belongs to, by the file's name. An unknown file becomes a feature with the file's own name,
 * so that a new feature appears automatically.
 */
export function featureOf(path: string): string {
  if (path.startsWith("/etc/ssh/")) return "admin access";
  const [, unit] = /\/([^/]+)\.service\.d\//.exec(path) ?? [];
  const name = (unit ?? path.split("/").at(-1) ?? "")
    .replace(/\.[a-z]+$/, "")
    .replace(/^\d+-/, "")
    .replace(/^honeypot-/, "");
  const known = Object.entries(names).find(([, words]) => words.includes(name));
  return known?.[0] ?? name.split(/[-_]/)[0] ?? name;
}

const names: Readonly<Record<string, readonly string[]>> = {
  "admin access": ["admin", "admin-access", "authorized_keys", "rescue"],
  capture: ["capture"],
  "log collection": ["collect", "days", "ledger", "lines", "objects", "readers", "sources"],
  backup: ["backup", "backup-set", "members", "backup_password", "backup_recipients"],
  dshield: ["dshield", "dshield_api_key", "reboot", "cowrie"],
  firewall: ["firewall", "dshieldfw"],
  "configuration repair": ["reapply", "update-file", "postinstall"],
  delivery: ["delivery", "receive"],
  transfer: ["transfer", "transfer-key", "transfer_key", "known_hosts"],
  analysis: [
    "analyse",
    "tools",
    "cowrieprocessor",
    "json_log_country",
    "maxmind",
    "spur",
    "urlhaus",
    "virustotal",
  ],
  siem: ["siem", "filebeat", "siem_ca"],
  notifications: [
    "health",
    "channels",
    "messages",
    "mail",
    "heartbeat_url",
    "webhook_url",
    "webhook_token",
    "mail_password",
  ],
  metrics: ["metrics", "prometheus-node-exporter"],
  retention: ["retention"],
  status: ["status", "last", "last_lines"],
  "first boot": [
    "run",
    "first-boot",
    "directories",
    "clock",
    "packages",
    "services",
    "verify",
    "scrub",
    "boot-log",
    "seed",
    "scrub-seed",
    "cloud-final",
  ],
  "settings and shared parts": ["honeypot", "build", "common", "findings", "foreign", "task"],
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
