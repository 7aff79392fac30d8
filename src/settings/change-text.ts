import { isMap, isScalar, isSeq, type Node, Scalar, stringify, type YAMLSeq } from "yaml";
import type { Path } from "../diagnostics/diagnostic.ts";
import { sourceOf } from "../diagnostics/source.ts";
import { pairOf } from "./locate.ts";
import { isGroup } from "./merge.ts";
import { removal } from "./move-pair.ts";
import {
  at,
  colonLength,
  columnOf,
  endOfLine,
  endOfNode,
  insertInBraces,
  insertLines,
  lineBelow,
  lineEndOf,
  type NodeMap,
  type NodePair,
  startOfLine,
} from "./node-text.ts";
import { readTree } from "./read-tree.ts";
import { applyEdits, type Edit } from "./text-edits.ts";

type NodeList = YAMLSeq<Node | null>;

/**
 * The settings file with another value at a path, which is plain data; `undefined` removes it, and the groups that become
 * empty. The rest of the text stays as it is: comments, order, quotes, brackets. Settings are added behind the others of
 * their group, and entries behind the last one of their list. Returns `undefined` if something else than a group is in
 * the way. The text must be valid YAML.
 */
export function changeText(text: string, path: Path, value: unknown): string | undefined {
  const { root } = readTree(sourceOf("", text)).tree;
  const edits = isMap<Node, Node | null>(root) ? changes(text, root, path, value) : undefined;
  if (edits === "by key") {
    let changed: string | undefined = text;
    for (const [key, part] of Object.entries(value as object))
      if (changed !== undefined) changed = changeText(changed, [...path, key], part);
    return changed;
  }
  return edits && applyEdits(text, edits);
}

function changes(
  text: string,
  root: NodeMap,
  path: Path,
  value: unknown,
): readonly Edit[] | "by key" | undefined {
  let node: Node | null | undefined = root;
  let chain: NodeMap[] = [];
  for (const [depth, part] of path.entries()) {
    if (typeof part === "number") {
      if (!isSeq<Node | null>(node)) return undefined;
      if (part === node.items.length) return insertItem(text, node, part, value);
      node = node.items[part];
      chain = [];
      continue;
    }
    if (!isMap<Node, Node | null>(node)) return undefined;
    const map: NodeMap = node;
    const pair = pairOf(map, part) as NodePair | undefined;
    const below = path.slice(depth + 1);
    chain.push(map);
    if (pair === undefined)
      return value === undefined ? [] : insertPair(text, map, part, nested(below, value));
    node = pair.value;
    if (below.length > 0 && !isEmpty(node)) continue;
    if (value === undefined) return below.length > 0 ? [] : [removal(text, chain, pair, false)];
    return isGroup(value) && isMap(node) ? "by key" : replaceValue(text, map, pair, nested(below, value));
  }
  return undefined;
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight(
    (inner: unknown, part) => (typeof part === "number" ? [inner] : { [part]: inner }),
    value,
  );
}

function isEmpty(node: Node | null | undefined): boolean {
  return !node || (isScalar(node) && node.value === null);
}

function insertPair(text: string, map: NodeMap, key: string, value: unknown): readonly Edit[] {
  if (map.flow === true) return [insertInBraces(map, `${key}: ${flowText(value)}`)];
  const column = columnOf(text, map);
  // `defaults` comes before the sensors.
  const before = (key === "defaults" && pairOf(map, "version")) || map.items.at(-1);
  return [
    insertLines(
      text,
      endOfLine(text, before),
      `${" ".repeat(column)}${key}:${blockText(value, column, lineEndOf(text))}`,
    ),
  ];
}

function replaceValue(text: string, map: NodeMap, pair: NodePair, value: unknown): readonly Edit[] {
  const { key, value: old } = pair;
  const keyEnd = key.range?.[1] ?? 0;
  const [start, end] = old?.range ?? [keyEnd, keyEnd];
  if (old === null || start === end) {
    const added =
      map.flow === true ? ` ${flowText(value)}` : blockText(value, columnOf(text, map), lineEndOf(text));
    return [at(keyEnd, `:${added}`, colonLength(text, pair))];
  }
  if (isScalar(old)) {
    const added = flowText(value, map.flow === true, old.type);
    if (old.type !== Scalar.BLOCK_LITERAL && old.type !== Scalar.BLOCK_FOLDED)
      return [{ start, end, text: added }];
    const comment = /^[|>][-+\d]*([ \t]+#[^\r\n]*)?/.exec(text.slice(start, end))?.[1] ?? "";
    return [{ start, end, text: added + comment + (text[end - 1] === "\n" ? lineEndOf(text) : "") }];
  }
  const edits = isSeq<Node | null>(old) && Array.isArray(value) ? changeList(text, old, value) : undefined;
  if (edits !== undefined) return edits;
  if ("flow" in old && old.flow === true) return [{ start, end, text: flowText(value) }];
  return [{ start: keyEnd, end: endOfNode(old), text: `: ${flowText(value)}` }];
}

// Changes only the entries that differ; `undefined` if an entry is not on its own line.
function changeList(text: string, list: NodeList, values: readonly unknown[]): readonly Edit[] | undefined {
  const old = list.items;
  if (!old.every((item) => isScalar(item)) || values.some((value) => typeof value === "object"))
    return undefined;
  const isSame = (a: number, b: number) => old[a]?.value === values[b];
  const most = Math.min(old.length, values.length);
  let head = 0;
  while (head < most && isSame(head, head)) head++;
  let tail = 0;
  while (tail < most - head && isSame(old.length - 1 - tail, values.length - 1 - tail)) tail++;
  const removed = old.slice(head, old.length - tail);
  const added = values.slice(head, values.length - tail);
  const both = Math.min(removed.length, added.length);
  const replaced = removed.slice(0, both).map(({ range, type }, index) => ({
    start: range?.[0] ?? 0,
    end: range?.[1] ?? 0,
    text: flowText(added[index], list.flow === true, type),
  }));
  if (added.length > both) {
    const more = added.slice(both);
    return [
      ...replaced,
      ...(list.flow === true
        ? insertInFlow(list, head + both, more)
        : insertInBlock(text, list, head + both, more)),
    ];
  }
  const rest = removed.slice(both);
  if (rest.length === 0) return replaced;
  if (list.flow === true) return [...replaced, removeFromFlow(list, head + both, rest.length)];
  return rest.length === old.length || !rest.every((item) => prefixOf(text, item) !== undefined)
    ? undefined
    : [...replaced, ...rest.map((item) => lineOf(text, item))];
}

function insertItem(text: string, list: NodeList, index: number, value: unknown): readonly Edit[] {
  return list.flow === true ? insertInFlow(list, index, [value]) : insertInBlock(text, list, index, [value]);
}

function insertInFlow(list: NodeList, index: number, values: readonly unknown[]): readonly Edit[] {
  const added = values.map((value) => flowText(value)).join(", ");
  const before = list.items[index - 1];
  const next = list.items[index];
  if (before) return [at(before.range?.[1] ?? 0, `, ${added}`)];
  return [next ? at(next.range?.[0] ?? 0, `${added}, `) : at((list.range?.[0] ?? 0) + 1, added)];
}

function insertInBlock(
  text: string,
  list: NodeList,
  index: number,
  values: readonly unknown[],
): readonly Edit[] {
  const before = list.items[index - 1];
  const next = list.items[index];
  const beside = before ?? next;
  // The hyphen of a list without brackets is the beginning of its range.
  const start = list.range?.[0] ?? 0;
  const column = start - startOfLine(text, start);
  const isFlow = beside !== null && beside !== undefined && "flow" in beside && beside.flow === true;
  const lines = values
    .map(
      (value) =>
        `${" ".repeat(column)}- ${isFlow || !isGroup(value) ? flowText(value, isFlow) : blockGroup(value, column + 2, lineEndOf(text)).trimStart()}`,
    )
    .join(lineEndOf(text));
  const position = before ? lineBelow(text, endOfNode(before)) : startOfLine(text, start);
  return [insertLines(text, position, lines)];
}

function removeFromFlow({ items }: NodeList, index: number, count: number): Edit {
  const start = items[index]?.range?.[0] ?? 0;
  const end = items[index + count - 1]?.range?.[1] ?? 0;
  const next = items[index + count]?.range?.[0];
  const before = items[index - 1]?.range?.[1];
  return { start: next === undefined ? (before ?? start) : start, end: next ?? end, text: "" };
}

// The hyphen before an entry and its indentation, if nothing else is there.
function prefixOf(text: string, { range }: Scalar): string | undefined {
  const start = range?.[0] ?? 0;
  const prefix = text.slice(startOfLine(text, start), start);
  return /^ *- +$/.test(prefix) ? prefix : undefined;
}

function lineOf(text: string, { range }: Scalar): Edit {
  const [start, end] = range ?? [0, 0];
  return { start: startOfLine(text, start), end: lineBelow(text, end), text: "" };
}

/** A value behind the colon of its key in a map without brackets whose keys begin in `column`. */
function blockText(value: unknown, column: number, end: string): string {
  if (isGroup(value) && Object.keys(value).length > 0) return end + blockGroup(value, column + 2, end);
  const inline = flowText(value, false);
  if (!Array.isArray(value) || inline.length < longestList) return ` ${inline}`;
  return value.map((item) => `${end}${" ".repeat(column + 2)}- ${flowText(item, false)}`).join("");
}

const longestList = 60;

function blockGroup(group: Readonly<Record<string, unknown>>, column: number, end: string): string {
  return Object.entries(group)
    .map(([key, value]) => `${" ".repeat(column)}${key}:${blockText(value, column, end)}`)
    .join(end);
}

/** A value on one line, with the quotes of the one that it replaces. */
function flowText(value: unknown, isInBrackets = true, quotes?: Scalar.Type | null): string {
  const isOneLine = typeof value !== "string" || !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
  const isQuoted = quotes === Scalar.QUOTE_SINGLE || quotes === Scalar.QUOTE_DOUBLE;
  const options = {
    collectionStyle: "flow",
    flowCollectionPadding: false,
    lineWidth: 0,
    blockQuote: false,
    defaultKeyType: Scalar.PLAIN,
    defaultStringType: !isOneLine ? Scalar.QUOTE_DOUBLE : isQuoted ? quotes : Scalar.PLAIN,
  } as const;
  return isInBrackets
    ? stringify([value], options).trimEnd().slice(1, -1)
    : stringify(value, options).trimEnd();
}
