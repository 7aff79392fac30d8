import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { Range } from "../diagnostics/diagnostic.ts";
import { editDistance } from "../diagnostics/nearest.ts";
import type { Source } from "../diagnostics/source.ts";
import { privateKeys } from "../values/private-key.ts";
import { type Deprecation, presentPath } from "./deprecated.ts";
import { isReference, isVariable } from "./secret-leaf.ts";

const secretNames = ["password", "psk", "api_key", "private_key", "url"];

// The same names in text that is not (yet) valid YAML: everything after the name may be the secret, and so may the
// lines below it that begin with neither a key nor a hyphen. Every repetition has a bound or ends its line, so no text
// takes quadratic time.
const secretLines =
  /(?:pass\w{0,20}|psk|secret\w{0,20}|token\w{0,20}|api_?key|private_?key|\burl)["']?[ \t]*[:= \t][ \t]*([^\n]*(?:\n[ \t]+(?![\w"']+[ \t]*:|- )[^\n]*)*)/gi;

/**
 * The source with every possible secret masked: the values of secret settings and of keys that look like a misspelt
 * one, private keys anywhere, and in text that did not parse the rest of the line. Well-formed references are not
 * secret and stay visible. `more` are further ranges to mask, `formerKeys` further keys with secret values.
 */
export function maskSecrets(
  source: Source,
  root: Node | null,
  hasParsed: boolean,
  more: readonly Range[] = [],
  formerKeys: readonly string[] = [],
): Source {
  const ranges: Range[] = [...more];
  for (const match of source.text.matchAll(privateKeys))
    ranges.push({ start: match.index, end: match.index + match[0].length });
  if (!hasParsed)
    for (const match of source.text.matchAll(secretLines)) {
      const end = match.index + match[0].length;
      ranges.push({ start: end - (match[1]?.length ?? 0), end });
    }
  collect(root, source.text, ranges, new Map(formerKeys.map((key) => [key, true])));
  return { ...source, masked: joined(ranges) };
}

/** The keys of former names of secrets: `word` for `backup.word`, if it became `backup.password`. */
export function formerSecretKeys(table: readonly Deprecation[]): readonly string[] {
  return table
    .filter(({ from }) => presentPath(from, table)?.split(".").some(looksSecret))
    .map(({ from }) => from.slice(from.lastIndexOf(".") + 1));
}

/** Whether a key names a secret, or differs from such a name by one or two letters. */
export function looksSecret(key: string): boolean {
  if (key === "host_key" || key === "generate_key" || key === "ssh_keys") return false;
  return (
    /pass(?!ive)|secret|token|(?<!check_)(api|license)_key$/i.test(key) ||
    secretNames.some((name) => isNearly(key.slice(0, 20).toLowerCase(), name))
  );
}

function isNearly(key: string, name: string): boolean {
  const letters = name.length < 5 ? 1 : 2;
  return Math.abs(key.length - name.length) <= letters && editDistance(key, name) <= letters;
}

function collect(
  node: Node | null | undefined,
  text: string,
  ranges: Range[],
  known: Map<string, boolean>,
): void {
  if (isSeq<Node>(node)) for (const item of node.items) collect(item, text, ranges, known);
  if (!isMap<Node, Node>(node)) return;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const isSecret = known.get(name) ?? looksSecret(name);
    known.set(name, isSecret);
    if (isSecret && key.range && name.includes(":"))
      ranges.push(afterColon(text, key.range[0] + name.indexOf(":"), key.range[1]));
    if (!isSecret) collect(value, text, ranges, known);
    else if (!isVisible(value)) ranges.push(afterColon(text, key.range?.[1] ?? 0, value?.range?.[1] ?? 0));
  }
}

/** From the first character after a key's colon to the end of the value and of its comment, which may belong to it. */
function afterColon(text: string, keyEnd: number, valueEnd: number): Range {
  const gap = /^[ \t]*:?[ \t]*/.exec(text.slice(keyEnd, keyEnd + 200))?.[0].length ?? 0;
  const end = Math.max(valueEnd, keyEnd + gap);
  const lineEnd = text.indexOf("\n", end);
  const rest = text.slice(end, lineEnd === -1 ? text.length : lineEnd);
  return { start: keyEnd + gap, end: /^[ \t]*#/.test(rest) ? end + rest.length : end };
}

function isVisible(value: Node | null | undefined): boolean {
  if (isScalar(value)) return value.value === "infected" && !value.comment;
  return isMap(value) && isPublicReference(value.toJSON());
}

/** Whether a value only names where a secret is. In `{env: ...}`, other text than a name may be the secret itself. */
export function isPublicReference(value: unknown): boolean {
  return isReference(value) && ("file" in value || isVariable(value.env));
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of ranges
    .filter((range) => range.end > range.start)
    .sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
