import { createHash } from "node:crypto";
import { once } from "../plan/once.ts";
import type { Plan } from "../plan/plan.ts";

/** SHA-256 of the parts together, in hexadecimal. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/**
 * The digest of a sensor's resolved settings, 32 hexadecimal digits (half of a SHA-256). It includes the source of a
 * secret, but never the value, because a digest of a short secret could be attacked by guessing. It excludes settings
 * that only describe the machine or the delivery of the programs.
 */
export const settingsDigest = once((plan: Plan): string => {
  const {
    address: _address,
    delivery: _way,
    ec2: _instance,
    machine: _machine,
    programsUrl: _url,
    ...sensor
  } = plan;
  return sha256(objectJson(sensor)).slice(0, 32);
});

function canonicalJson(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? objectJson(value) : JSON.stringify(value);
}

// Sorts object keys, because the order in which a plan was built must not change its digest.
const objectJson = once((value: object): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item) ?? "null").join(",")}]`;
  if ("kind" in value && value.kind === "literal") return '{"kind":"literal"}';
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => {
      const json = canonicalJson(item);
      return json === undefined ? [] : [`${JSON.stringify(key)}:${json}`];
    });
  return `{${members.join(",")}}`;
});
