import type { Complaint } from "../diagnostics/diagnostic.ts";
import { codePointName } from "../diagnostics/invisible.ts";
import { complainOfPrivateKeyInText } from "./private-key.ts";

// Controls, separators of lines and paragraphs, lone surrogates, and what turns the direction of writing: text
// must be the same to a person, to YAML 1.1 and to a terminal.
const refused = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

/** Refuses what no text of the settings may hold: control characters, line ends, lone surrogates. */
export function complainOfCharacters(value: string): Complaint | undefined {
  const found = refused.exec(value)?.[0];
  if (found === undefined) return undefined;
  if (found === "\n" || found === "\r") return { message: "the value has more than one line" };
  return { message: `the value holds the character ${codePointName(found)}, which is not printable` };
}

/** Refuses what no text of the settings may be, whatever its own alphabet: a private key, text that is not printable. */
export function complainOfText(value: string): Complaint | undefined {
  return complainOfPrivateKeyInText(value) ?? complainOfCharacters(value);
}

/** Whether text is made of printable ASCII only, blanks included. */
export function isPrintableAscii(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}
