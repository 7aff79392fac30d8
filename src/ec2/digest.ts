import { createHash } from "node:crypto";

/** Sixteen hexadecimal digits of the SHA-256 of a value's JSON: unique within an account, and short enough for names. */
export function shortDigest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
