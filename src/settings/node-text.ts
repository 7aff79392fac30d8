import { isMap, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Edit } from "./text-edits.ts";

export type NodeMap = YAMLMap<Node, Node | null>;
export type NodePair = Pair<Node, Node | null>;

/** The column in which the keys of a map begin. */
export function columnOf(text: string, map: NodeMap): number {
  const key = map.items[0]?.key.range?.[0] ?? 0;
  return key - startOfLine(text, key);
}

/** The beginning of the line of an offset. */
export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The beginning of the line below a pair. */
export function endOfLine(text: string, pair: NodePair | undefined): number {
  return lineBelow(text, pair === undefined ? 0 : endOfPair(pair));
}

/** The beginning of the next line; the offset itself if a line begins there. */
export function lineBelow(text: string, end: number): number {
  if (text[end - 1] === "\n") return end;
  const next = text.indexOf("\n", end);
  return next === -1 ? text.length : next + 1;
}

/** The end of a pair's text, without the comments behind it. */
export function endOfPair({ key, value }: NodePair): number {
  return Math.max(key.range?.[1] ?? 0, endOfNode(value));
}

/** The end of a node's text. The range of a map or a list without brackets includes comments below it. */
export function endOfNode(node: Node | null): number {
  if (isMap<Node, Node | null>(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq<Node | null>(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last) return endOfNode(last);
  }
  return node?.range?.[1] ?? 0;
}

/** The length of the colon behind a pair's key, with the blanks before it. */
export function colonLength(text: string, pair: NodePair): number {
  return /^\s*:/.exec(text.slice(pair.key.range?.[1] ?? 0))?.[0].length ?? 0;
}

/** The edit that inserts a text, or replaces `length` characters. */
export function at(start: number, text: string, length = 0): Edit {
  return { start, end: start + length, text };
}

/** The edit that adds a setting, as text, behind the others of a map in braces. */
export function insertInBraces({ items, range }: NodeMap, setting: string): Edit {
  const last = items.at(-1);
  return last === undefined ? at((range?.[0] ?? 0) + 1, setting) : at(endOfPair(last), `, ${setting}`);
}

/** The edit that inserts lines at the beginning of a line, or below a last line without an end. */
export function insertLines(text: string, position: number, lines: string): Edit {
  const end = lineEndOf(text);
  const before = position > 0 && text[position - 1] !== "\n" ? end : "";
  return at(position, before + (lines.endsWith("\n") ? lines : lines + end));
}

/** How the lines of a text end: as on Windows if one of them does. */
export function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
