import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits of SHA-256 over a value's JSON: enough to tell one account's shapes apart, short enough for names. */
export function shortDigest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
