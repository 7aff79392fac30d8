import { complainOfCharacters } from "../values/characters.ts";
import { complainOfFileName } from "../values/file-name.ts";
import type { SecretCheck } from "../values/secret-value.ts";
import { forms, type LeafComplaint, type LeafFacts } from "./leaf.ts";

/** A secret in the settings: the value itself, or a reference to it. */
export type WrittenSecret = string | { readonly env: string } | { readonly file: string };

/**
 * A secret leaf: `{env: NAME}`, `{file: path}`, or the value itself. It has a single schema, so that no message about a
 * part of it can contain the value.
 */
export function secret(
  facts: { description: string; examples?: readonly unknown[] },
  complain: SecretCheck,
  isMultiLine = false,
) {
  return findable({ ...facts, isSecret: true }, complain, isMultiLine);
}

/** A public value with the form of a secret: a certificate. */
export function certificate(
  facts: { description: string; examples?: readonly unknown[] },
  complain: SecretCheck,
) {
  return findable(facts, complain, true);
}

function findable(facts: Omit<LeafFacts, "takes">, complain: SecretCheck, isMultiLine: boolean) {
  return forms<WrittenSecret>(
    {
      takes: "{env: NAME}, {file: path} or text",
      ...facts,
      schema: {
        anyOf: [
          { type: "string", minLength: 1 },
          reference("env", "[A-Za-z_]([A-Za-z0-9_]|\\{sensor\\})*", "Environment variable with the value."),
          reference("file", ".+", "File with the value; the path is relative to the settings file."),
        ],
      },
    },
    (value) => complainOfSecret(value, complain, isMultiLine),
  );
}

/** Whether a value is a well-formed reference. Such a value replaces another completely instead of being merged. */
export function isReference(value: unknown): value is { readonly env: string } | { readonly file: string } {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return (
    keys.length === 1 &&
    (keys[0] === "env" || keys[0] === "file") &&
    typeof Object.values(value)[0] === "string"
  );
}

function reference(key: string, pattern: string, description: string) {
  return {
    type: "object",
    properties: { [key]: { type: "string", pattern: `^${pattern}$`, description } },
    required: [key],
    additionalProperties: false,
  };
}

/** Whether a text is the name of an environment variable, perhaps with the placeholder `{sensor}`. */
export function isVariable(name: string): boolean {
  return /^[A-Za-z_]([A-Za-z0-9_]|\{sensor\})*$/.test(name);
}

/** Whether a text looks like an environment variable in a shell: `$NAME`, `${NAME}`, `%NAME%`. */
export function looksLikeVariable(text: string): boolean {
  return /^(\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|%[A-Za-z_]\w*%)$/.test(text);
}

// A hint for a text that cannot be the secret itself; does not quote the text.
function hintForText(value: string): string | undefined {
  if (looksLikeVariable(value)) return "to read an environment variable write {env: NAME}";
  return /^(~\/|\.{0,2}\/)\S+$|^\S+\.(crt|key|pem|txt)$/.test(value)
    ? "to read a file write {file: path}"
    : undefined;
}

function complainOfSecret(
  value: unknown,
  complain: SecretCheck,
  isMultiLine: boolean,
): readonly LeafComplaint[] {
  if (typeof value === "string") {
    if (value === "") return [{ message: "the secret is empty" }];
    // Naming the character would reveal a part of the secret.
    if (!isMultiLine && complainOfCharacters(value))
      return [{ message: "the value has several lines or a character that is not printable" }];
    const complaint = complain(value);
    const hint = complaint?.hint ?? hintForText(value);
    return complaint ? [{ ...complaint, ...(hint !== undefined && { hint }) }] : [];
  }
  if (!isReference(value))
    return [
      {
        message: "a secret must be {env: NAME}, {file: path} or text",
        hint: typeof value === "number" ? "put digits in quotes" : "use exactly one of env and file",
        isWrongType: true,
      },
    ];
  if ("file" in value) {
    const complaint = complainOfFileName(value.file);
    return complaint ? [complaint] : [];
  }
  if (isVariable(value.env)) return [];
  return [
    {
      message: "the name of an environment variable may contain only letters, digits and _",
      hint: value.env.startsWith("$") ? "remove the $" : "write the variable's name, not its value",
    },
  ];
}
