import { isMap, isScalar, type Node, parse, stringify } from "yaml";
import { pairOf } from "./locate.ts";
import {
  at,
  colonLength,
  columnOf,
  endOfLine,
  endOfPair,
  insertInBraces,
  insertLines,
  lineEndOf,
  type NodeMap,
  type NodePair,
  startOfLine,
} from "./node-text.ts";
import type { Edit } from "./text-edits.ts";

/**
 * The edit that adds a copy of a setting at a path below a map, with its comments and its formatting. `from` is the map
 * that contains the pair. `value` is another text for a scalar.
 */
export function insertion(
  text: string,
  below: NodeMap,
  path: readonly string[],
  from: NodeMap,
  pair: NodePair,
  value: string | undefined,
): Edit {
  let map = below;
  let beside: NodePair | undefined;
  const names = [...path];
  while (names.length > 1) {
    const next = pairOf(map, names[0] ?? "");
    if (next === undefined) break;
    names.shift();
    if (!isMap<Node, Node | null>(next.value)) {
      // An empty group.
      beside = next;
      break;
    }
    map = next.value;
  }
  const groups = names.slice(0, -1);
  const name = names.at(-1) ?? "";
  if (map.flow === true) {
    const flow = `${groups.map((group) => `${group}: {`).join("")}${name}: ${flowValue(text, pair, value)}${"}".repeat(groups.length)}`;
    if (beside !== undefined) return at(beside.key.range?.[1] ?? 0, `: {${flow}}`, colonLength(text, beside));
    return insertInBraces(map, flow);
  }
  const end = lineEndOf(text);
  const column = columnOf(text, map) + (beside === undefined ? 0 : 2);
  const heads = groups.map((group, depth) => `${" ".repeat(column + 2 * depth)}${group}:${end}`);
  const indent = column + 2 * groups.length;
  const lines = linesOf(text, from, pair);
  const body =
    from.flow === true
      ? `: ${value ?? text.slice(pair.value?.range?.[0] ?? 0, pair.value?.range?.[1] ?? 0)}${end}`
      : reindented(withValue(text, pair, value, lines.end), indent - columnOf(text, from));
  const comments =
    from.flow === true ? "" : reindented(text.slice(lines.start, lines.own), indent - columnOf(text, from));
  const position = endOfLine(text, beside ?? map.items.at(-1));
  return insertLines(text, position, `${heads.join("")}${comments}${" ".repeat(indent)}${name}${body}`);
}

/**
 * The edit that removes a pair from the last of nested maps, and the maps that become empty. Comments stay if
 * `keepsComments`.
 */
export function removal(
  text: string,
  chain: readonly NodeMap[],
  pair: NodePair,
  keepsComments: boolean,
): Edit {
  const map = chain.at(-1);
  const above = chain.at(-2);
  if (map?.items.length === 1 && above !== undefined) {
    const own = above.items.find(({ value }) => value === map);
    if (own !== undefined) return removal(text, chain.slice(0, -1), own, keepsComments);
  }
  if (map?.flow === true) {
    const index = map.items.indexOf(pair);
    const start = pair.key.range?.[0] ?? 0;
    const next = map.items[index + 1]?.key.range?.[0];
    if (next !== undefined) return { start, end: next, text: "" };
    const before = map.items[index - 1];
    return {
      start: before === undefined ? start : endOfPair(before),
      end: endOfPair(pair),
      text: "",
    };
  }
  const lines = linesOf(text, map, pair);
  if (lines.isWhole)
    return {
      start: lines.start,
      end: lines.end,
      text: keepsComments ? keptComments(text, lines, pair) : "",
    };
  // The key follows the hyphen of a list; the next key takes its place.
  const indent = /^ */.exec(text.slice(lines.end))?.[0].length ?? 0;
  return { start: pair.key.range?.[0] ?? 0, end: lines.end + indent, text: "" };
}

type Lines = {
  /** The first of the comments directly above, or the pair's own line. */
  readonly start: number;
  /** The pair's own line. */
  readonly own: number;
  readonly end: number;
  /** Whether the key is the first of its line. */
  readonly isWhole: boolean;
};

function linesOf(text: string, map: NodeMap | undefined, pair: NodePair): Lines {
  const key = pair.key.range?.[0] ?? 0;
  const own = startOfLine(text, key);
  const end = endOfLine(text, pair);
  const isWhole = text.slice(own, key).trim() === "" && map?.flow !== true;
  let start = own;
  while (isWhole && start > 0) {
    const before = startOfLine(text, start - 1);
    const line = text.slice(before, start);
    if (line.search(/\S/) !== key - own || !line.trimStart().startsWith("#")) break;
    start = before;
  }
  return { start, own, end, isWhole };
}

function keptComments(text: string, { start, own, end }: Lines, pair: NodePair): string {
  const key = pair.key.range?.[0] ?? 0;
  const rest = text.slice(endOfPair(pair), end);
  const trailing = /^[ \t]*(#.*)/.exec(rest)?.[1];
  const lineEnd = rest.endsWith("\r\n") ? "\r\n" : "\n";
  return (
    text.slice(start, own) + (trailing === undefined ? "" : `${text.slice(own, key)}${trailing}${lineEnd}`)
  );
}

/** The text from the end of the key to the end of the pair's last line. */
function withValue(text: string, pair: NodePair, value: string | undefined, end: number): string {
  const afterKey = pair.key.range?.[1] ?? 0;
  const [start, stop] = pair.value?.range ?? [afterKey, afterKey];
  if (value === undefined) return text.slice(afterKey, end);
  return text.slice(afterKey, start) + value + text.slice(stop, end);
}

/** All lines except the first one, with another indentation; the first one too if it begins with blanks. */
function reindented(text: string, by: number): string {
  return text
    .split("\n")
    .map((line, index) => {
      const blanks = /^ */.exec(line)?.[0].length ?? 0;
      if (line.trim() === "" || (index === 0 && blanks === 0)) return line;
      return " ".repeat(Math.max(0, blanks + by)) + line.slice(blanks);
    })
    .join("\n");
}

/** The value of a pair for a map in braces, on one line. */
function flowValue(text: string, pair: NodePair, value: string | undefined): string {
  if (value !== undefined) return value;
  const { value: node } = pair;
  const written = text.slice(node?.range?.[0] ?? 0, node?.range?.[1] ?? 0);
  const isOneLine = !written.includes("\n");
  if (isScalar(node) && node.value === null) return "";
  if (isOneLine && isScalar(node) && (node.type !== "PLAIN" || !/[,[\]{}]/.test(written))) return written;
  if (isOneLine && node !== null && "flow" in node && node.flow === true) return written;
  return JSON.stringify(node?.toJSON());
}

/** The text of a scalar; in quotes if it would be read as something else. */
export function scalarText(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[\w./:-]+$/.test(value) && parse(value) === value
    ? stringify(value).trimEnd()
    : JSON.stringify(value);
}
