import { complainOfCharacters } from "../values/characters.ts";
import { complainOfFileName } from "../values/file-name.ts";
import type { SecretAlphabet } from "../values/secret-value.ts";
import { forms, type LeafComplaint, type LeafFacts } from "./leaf.ts";

/** A secret as it is written: the value itself, or where to find it. */
export type WrittenSecret = string | { readonly env: string } | { readonly file: string };

/**
 * A secret leaf: `{env: NAME}`, `{file: path}`, or the value itself. One schema for the whole, so that no
 * message about a part of it can hold the value.
 */
export function secret(
  facts: { description: string; examples?: readonly unknown[] },
  alphabet: SecretAlphabet,
  isMultiLine = false,
) {
  return findable({ ...facts, isSecret: true }, alphabet, isMultiLine);
}

/** What is found where a secret would be, and is none: a certificate. */
export function certificate(
  facts: { description: string; examples?: readonly unknown[] },
  alphabet: SecretAlphabet,
) {
  return findable(facts, alphabet, true);
}

function findable(facts: Omit<LeafFacts, "takes">, alphabet: SecretAlphabet, isMultiLine: boolean) {
  return forms<WrittenSecret>(
    {
      takes: "{env: NAME}, {file: path} or text",
      ...facts,
      schema: {
        anyOf: [
          { type: "string", minLength: 1 },
          reference("env", "[A-Za-z_][A-Za-z0-9_]*"),
          reference("file", ".+"),
        ],
      },
    },
    (value) => complainOfSecret(value, alphabet, isMultiLine),
  );
}

/** Whether a value is a well-formed reference; such a value replaces another as a whole, key by key makes no sense. */
export function isReference(value: unknown): value is { readonly env: string } | { readonly file: string } {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return (
    keys.length === 1 &&
    (keys[0] === "env" || keys[0] === "file") &&
    typeof Object.values(value)[0] === "string"
  );
}

function reference(key: string, pattern: string) {
  return {
    type: "object",
    properties: { [key]: { type: "string", pattern: `^${pattern}$` } },
    required: [key],
    additionalProperties: false,
  };
}

/** Whether a text would name an environment variable to a shell: `$NAME`, `${NAME}`, `%NAME%`. */
export function looksLikeVariable(text: string): boolean {
  return /^(\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}|%[A-Za-z_]\w*%)$/.test(text);
}

// What was meant by a text that cannot be the secret itself; says nothing of the text.
function hintForText(value: string): string | undefined {
  if (looksLikeVariable(value)) return "to read an environment variable write {env: NAME}";
  return /^(~\/|\.{0,2}\/)\S+$|^\S+\.(crt|key|pem|txt)$/.test(value)
    ? "to read a file write {file: path}"
    : undefined;
}

function complainOfSecret(
  value: unknown,
  alphabet: SecretAlphabet,
  isMultiLine: boolean,
): readonly LeafComplaint[] {
  if (typeof value === "string") {
    if (value === "") return [{ message: "an empty secret keeps nothing" }];
    // Which character it is would be a part of the secret.
    if (!isMultiLine && complainOfCharacters(value))
      return [{ message: "the value has several lines or a character that is not printable" }];
    const complaint = alphabet(value);
    const hint = complaint?.hint ?? hintForText(value);
    return complaint ? [{ ...complaint, ...(hint !== undefined && { hint }) }] : [];
  }
  if (!isReference(value))
    return [
      {
        message: "a secret is {env: NAME}, {file: path} or text",
        hint: typeof value === "number" ? "put digits in quotes" : "give exactly one of env and file",
        isWrongType: true,
      },
    ];
  if ("file" in value) {
    const complaint = complainOfFileName(value.file);
    return complaint ? [complaint] : [];
  }
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value.env)) return [];
  return [
    {
      message: "the name of an environment variable has letters, digits and _",
      hint: value.env.startsWith("$") ? "leave out the $" : "env takes the variable's name, not its value",
    },
  ];
}
