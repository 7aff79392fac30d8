import { replaceInvisible } from "./invisible.ts";

const printableAscii = /^[\x20-\x7e]*$/;

/**
 * Text that is safe to show: control characters, line separators, lone surrogates, direction marks and invisible
 * characters become `\u{...}`. So a file cannot send escape sequences to the terminal through a message, and the reader
 * sees every character.
 */
export function visible(text: string): string {
  if (printableAscii.test(text)) return text;
  return replaceInvisible(
    text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, escaped),
    escaped,
  );
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** A value in double quotes for a message, cut after 60 characters. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 200)];
  const cut = characters.length > 60 || text.length > 200;
  return `"${visible(characters.slice(0, 60).join(""))}${cut ? "..." : ""}"`;
}
