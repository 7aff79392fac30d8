import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Path, Place, Range } from "../diagnostics/diagnostic.ts";
import { nameOfKey, rangeOfNode } from "./read-tree.ts";

/** The position of a path in the file: the text of its key and of its value. */
export type Location = {
  readonly key: Range | undefined;
  readonly value: Range | undefined;
  /** Whether the value is a block after `|` or `>`, whose text ends with a line break. */
  readonly isBlock: boolean;
  /** The value as it is written, if it is a scalar: `1e2` for 100. */
  readonly written: string | undefined;
};

/** Finds the text at a path; `undefined` if the file has none. */
export function locate(root: Node | null, path: Path): Location | undefined {
  let node: Node | null | undefined = root;
  let key: Range | undefined;
  for (const part of path) {
    if (typeof part === "number") {
      if (!isSeq<Node | null>(node) || part >= node.items.length) return undefined;
      node = node.items[part];
      key = undefined;
    } else {
      const pair = pairOf(node, part);
      if (pair === undefined) return undefined;
      node = pair.value;
      key = rangeOfNode(pair.key);
    }
  }
  const isBlock = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  return { key, value: rangeOfNode(node), isBlock, written: isScalar(node) ? node.source : undefined };
}

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair<Node, Node | null>>>();

/** One key of a map. A large map is searched through an index, because each of its thousand keys may have a problem. */
export function pairOf(map: Node | null | undefined, name: string): Pair<Node, Node | null> | undefined {
  if (!isMap<Node, Node | null>(map)) return undefined;
  if (map.items.length < 50) return map.items.find(({ key }) => nameOfKey(key) === name);
  let index = indexes.get(map);
  if (index === undefined) {
    index = new Map(map.items.map((pair) => [nameOfKey(pair.key) ?? "", pair]));
    indexes.set(map, index);
  }
  return index.get(name);
}

/** The place of a value: its own text, or its key if it has no text or begins on a later line. */
export function placeOfValue(root: Node | null, path: Path): Place {
  const found = locate(root, path);
  const isEmpty = found?.value && found.value.start === found.value.end;
  return { path, range: (isEmpty ? undefined : found?.value) ?? found?.key ?? placeOfParent(root, path) };
}

/** The place of a key. */
export function placeOfKey(root: Node | null, path: Path): Place {
  return { path, range: locate(root, path)?.key ?? placeOfParent(root, path) };
}

/**
 * The place of a missing setting: the key of its nearest existing parent, or the first key of its nearest existing list
 * entry.
 */
function placeOfParent(root: Node | null, path: Path): Range | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const found = locate(root, path.slice(0, length));
    if (found?.key) return found.key;
    if (found?.value) return firstKeyOf(root, path.slice(0, length)) ?? found.value;
  }
  return firstKeyOf(root, []) ?? rangeOfNode(root);
}

function firstKeyOf(root: Node | null, path: Path): Range | undefined {
  let node: Node | null | undefined = root;
  for (const part of path) {
    if (isSeq<Node>(node) && typeof part === "number") node = node.items[part];
    else if (typeof part === "string") node = pairOf(node, part)?.value;
  }
  return isMap<Node>(node) ? rangeOfNode(node.items[0]?.key) : undefined;
}
