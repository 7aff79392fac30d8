import type { WrittenSecret } from "../settings/secret-leaf.ts";
import type { Secret } from "./plan.ts";

/** The source of a secret's value. */
export function toSecret(written: WrittenSecret): Secret {
  if (typeof written === "string") return { kind: "literal", value: written };
  return "env" in written ? { kind: "env", name: written.env } : { kind: "file", file: written.file };
}
