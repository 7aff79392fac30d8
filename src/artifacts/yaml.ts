import { once } from "../plan/once.ts";

/**
 * Writes YAML that cloud-init's YAML 1.1 parses correctly: every string is double-quoted, multi-line text is a block
 * literal, and no line is folded. (A library with default settings makes a third of difficult strings ambiguous:
 * `2222:22` becomes a number, `on` a boolean, `<<` a merge. With all of this set, `yaml` takes a tenth of a build's time.)
 * `indent` is the width of one level, in spaces.
 */
export function stringifyYaml(value: unknown, indent: 1 | 2 = 2): string {
  return `${nodeText(value, "", " ".repeat(indent))}\n`;
}

// The text of a value whose further lines begin at `column`.
function nodeText(value: unknown, column: string, step: string): string {
  if (typeof value === "string") return stringText(value, column);
  if (typeof value !== "object" || value === null) return String(value);
  const lines = Array.isArray(value)
    ? value.map((item) => `- ${nodeText(item, `${column}  `, step)}`)
    : Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${isPlainKey(key) ? key : quoted(key)}:${valueText(item, column, step)}`],
      );
  if (lines.length === 0) return Array.isArray(value) ? "[]" : "{}";
  return lines.join(`\n${column}`);
}

// The value of a key in a map at `column`.
function valueText(value: unknown, column: string, step: string): string {
  const inner = `${column}${step}`;
  const isBlock = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  return isBlock ? `\n${inner}${nodeText(value, inner, step)}` : ` ${nodeText(value, inner, step)}`;
}

function stringText(value: string, column: string): string {
  if (!isBlockLiteral(value)) return quoted(value);
  return `|\n${column}${value.slice(0, -1).replace(/\n+/g, `$&${column}`)}`;
}

// The first line decides the indentation of a block literal, and its end is ambiguous after blank lines.
function isBlockLiteral(value: string): boolean {
  return value.endsWith("\n") && /^[^ \n]/.test(value) && /[^ \n]\n$/.test(value) && isReadable(value);
}

/** Lines of a document, and their bytes in UTF-8. */
export type Lines = { readonly text: string; readonly bytes: Uint8Array };

/** Encodes lines. */
export function encodeLines(text: string): Lines {
  return { text, bytes: new TextEncoder().encode(text) };
}

/**
 * The lines of a list under a key, as {@link stringifyYaml} writes them. An entry that many documents share is written
 * and encoded once.
 */
export function listLines(key: string, entries: readonly object[], indent: 1 | 2): readonly Lines[] {
  return [encodeLines(`${key}:\n`), ...entries.map(entryLines[indent])];
}

const entryLines = {
  1: once((entry: object) => inList(entry, 1)),
  2: once((entry: object) => inList(entry, 2)),
};

function inList(entry: object, indent: 1 | 2): Lines {
  return encodeLines(stringifyYaml({ list: [entry] }, indent).replace("list:\n", ""));
}

/** Whether every YAML reader returns this text unchanged from a block literal: no control or separator characters. */
export function isReadable(content: string): boolean {
  return /^[\n\x20-\x7e\u00a1-\u167f\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]*$/.test(content);
}

// The keys of cloud-init and netplan, and interface names.
function isPlainKey(key: string): boolean {
  return /^[a-z][a-z0-9_-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(key);
}

// JSON's double-quoted form is valid YAML; characters that YAML does not print or treats as line breaks are escaped too.
function quoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
