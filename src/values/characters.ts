import type { Complaint } from "../diagnostics/diagnostic.ts";
import { codePointName } from "../diagnostics/invisible.ts";
import { complainOfPrivateKeyInText } from "./private-key.ts";

// Control characters, line and paragraph separators, lone surrogates, and direction marks: people, YAML 1.1 and
// terminals must read the same text.
const refused = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

/** Refuses characters that no text in the settings may contain: control characters, line ends, lone surrogates. */
export function complainOfCharacters(value: string): Complaint | undefined {
  const found = refused.exec(value)?.[0];
  if (found === undefined) return undefined;
  if (found === "\n" || found === "\r") return { message: "the value has more than one line" };
  return { message: `the value contains the character ${codePointName(found)}, which is not printable` };
}

/** Refuses private keys and unprintable text, which no setting accepts. */
export function complainOfText(value: string): Complaint | undefined {
  return complainOfPrivateKeyInText(value) ?? complainOfCharacters(value);
}

/** Whether text contains only printable ASCII, including spaces. */
export function isPrintableAscii(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
