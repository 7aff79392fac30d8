import type { WrittenSecret } from "../settings/secret-leaf.ts";

/** The source of a secret's value; a literal is the value itself. */
export type Secret =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly file: string };

/** The source of a secret's value. */
export function toSecret(written: WrittenSecret): Secret {
  if (typeof written === "string") return { kind: "literal", value: written };
  return "env" in written ? { kind: "env", name: written.env } : { kind: "file", file: written.file };
}
