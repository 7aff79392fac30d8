import { isMap, isSeq, type Node, Pair, Scalar, YAMLMap } from "yaml";
import { type Diagnostic, diagnose, type Path, type Range } from "../diagnostics/diagnostic.ts";
import { complainOfDeprecated, type Deprecation, isRefused } from "./deprecated.ts";
import type { NodeMap, NodePair } from "./node-text.ts";
import { nameOfKey, rangeOfNode, type Tree } from "./read-tree.ts";

/** A map of settings: its value and its node. */
export type Holder = { readonly value: Record<string, unknown>; readonly node: NodeMap };

/**
 * Replaces deprecated settings with their successors, in place, so that the later stages see only present names. Nodes
 * keep their positions in the text. Returns a warning for each, or an error for one that this version refuses. `file` is
 * the settings file for the hint.
 */
export function renameDeprecated(
  tree: Tree,
  table: readonly Deprecation[],
  file: string,
): readonly Diagnostic[] {
  return table.length === 0 ? [] : entriesOf(tree).flatMap((entry) => renameInEntry(entry, table, file));
}

/** As `renameDeprecated`, for one entry. `nameAt` is the range of the name of a setting that is not beside its value. */
export function renameInEntry(
  { chain, at }: SettingsEntry,
  table: readonly Deprecation[],
  file: string,
  nameAt?: (name: string) => Range | undefined,
): readonly Diagnostic[] {
  return table.flatMap((deprecation) =>
    findDeprecated(chain, deprecation).flatMap((found) => {
      const { from, to } = deprecation;
      const { pair, sign } = found;
      const name = from + sign;
      const range = from === to ? rangeOfNode(pair.value) : (nameAt?.(name) ?? rangeOfNode(pair.key));
      const place = { path: [...at, ...name.split(".")], range };
      if (rename(chain, deprecation, found))
        return diagnose(isRefused(deprecation) ? "settings/removed" : "settings/deprecated", place, {
          message: complainOfDeprecated(deprecation),
          hint: `sensorbake upgrade ${file}`,
        });
      return diagnose("settings/unknown-key", place, {
        message: `${name} was renamed to ${to}${sign}, and both are written here`,
        hint: `remove ${name}`,
      });
    }),
  );
}

/** A map of settings of a sensor or of `defaults`: the maps from the root of the file down to it, and its path. */
export type SettingsEntry = { readonly chain: readonly Holder[]; readonly at: Path };

/** `defaults` and the entries of `sensors`. */
export function entriesOf({ root, value }: Tree): readonly SettingsEntry[] {
  const whole = holderOf(value, root);
  if (whole === undefined) return [];
  const defaults = holderBelow(whole, "defaults");
  const list = pairIn(whole.node, "sensors")?.value;
  const values = whole.value.sensors;
  const entries = (isSeq<Node | null>(list) && Array.isArray(values) ? list.items : []).flatMap(
    (node, index): readonly SettingsEntry[] => {
      const entry = holderOf((values as readonly unknown[])[index], node);
      return entry === undefined ? [] : [{ chain: [entry], at: ["sensors", index] }];
    },
  );
  return defaults === undefined ? entries : [{ chain: [whole, defaults], at: ["defaults"] }, ...entries];
}

/** A deprecated setting in an entry: the maps down to it, its pair, and "+" if its entries are appended. */
export type FoundDeprecated = {
  readonly chain: readonly Holder[];
  readonly pair: NodePair;
  readonly sign: "" | "+";
  /** The present value of a scalar. */
  readonly converted: string | number | boolean | undefined;
};

/** Finds a deprecated setting in an entry. */
export function findDeprecated(
  chain: readonly Holder[],
  { from, to, convert }: Deprecation,
): readonly FoundDeprecated[] {
  const names = from.split(".");
  const last = names.pop() ?? "";
  const maps = [...chain];
  for (const name of names) {
    const inner = maps.at(-1);
    const below = inner && holderBelow(inner, name);
    if (below === undefined) return [];
    maps.push(below);
  }
  return (["", "+"] as const).flatMap((sign): readonly FoundDeprecated[] => {
    const holder = maps.at(-1);
    const pair = holder && pairIn(holder.node, last + sign);
    if (holder === undefined || pair === undefined) return [];
    const written = holder.value[last + sign];
    const isConvertible = ["string", "number", "boolean"].includes(typeof written);
    const converted = isConvertible && convert ? convert(written as string) : undefined;
    const isPresent = from === to && (converted === undefined || converted === written);
    return isPresent ? [] : [{ chain: maps, pair, sign, converted }];
  });
}

/** Returns false if the successor is written too; then the former setting is ignored. */
function rename(
  entry: readonly Holder[],
  { from, to }: Deprecation,
  { chain, pair, sign, converted }: FoundDeprecated,
): boolean {
  const holder = chain.at(-1);
  if (holder === undefined) return true;
  const key = nameOfKey(pair.key) ?? "";
  const value = converted ?? holder.value[key];
  const node =
    converted === undefined
      ? pair.value
      : Object.assign(new Scalar(converted), { range: pair.value?.range ?? null });
  if (from === to) {
    holder.value[key] = value;
    pair.value = node;
    return true;
  }
  remove(chain, pair);
  if (to === undefined) return true;
  const target = mapFor(entry, to.split(".").slice(0, -1), pair);
  const name = `${to.split(".").at(-1)}${sign}`;
  if (target === undefined || Object.hasOwn(target.value, name)) return target === undefined;
  target.value[name] = value;
  target.node.items.push(renamedPair(pair, name, node));
  return true;
}

/** Removes a pair, and the maps above it that become empty: an empty group may enable a feature. */
function remove(chain: readonly Holder[], pair: NodePair): void {
  const holder = chain.at(-1);
  if (holder === undefined) return;
  delete holder.value[nameOfKey(pair.key) ?? ""];
  holder.node.items.splice(holder.node.items.indexOf(pair), 1);
  const above = chain.at(-2);
  if (holder.node.items.length > 0 || above === undefined) return;
  const own = above.node.items.find(({ value }) => value === holder.node);
  if (own !== undefined) remove(chain.slice(0, -1), own);
}

/** The map at a path of an entry, which is created if it is missing; `undefined` if something else is there. */
function mapFor(entry: readonly Holder[], path: readonly string[], beside: NodePair): Holder | undefined {
  let holder = entry.at(-1);
  const above = entry.at(-2);
  // `defaults` was removed because it became empty.
  if (above !== undefined && holder?.node.items.length === 0) attach(above, "defaults", holder, beside);
  for (const name of path) {
    if (holder === undefined) return undefined;
    const below = holderBelow(holder, name);
    const isFree = holder.value[name] === undefined || holder.value[name] === null;
    if (below === undefined && !isFree) return undefined;
    holder = below ?? attach(holder, name, { value: Object.create(null), node: new YAMLMap() }, beside);
  }
  return holder;
}

function attach(above: Holder, name: string, below: Holder, beside: NodePair): Holder {
  const empty = pairIn(above.node, name);
  if (empty !== undefined) above.node.items.splice(above.node.items.indexOf(empty), 1);
  above.value[name] = below.value;
  below.node.range = beside.key.range ?? null;
  above.node.items.push(renamedPair(beside, name, below.node));
  return below;
}

/** A pair with another key, at the position of the former one. */
function renamedPair(former: NodePair, name: string, value: Node | null): NodePair {
  const key = Object.assign(new Scalar(name), { range: former.key.range ?? null });
  return new Pair<Node, Node | null>(key, value);
}

function holderBelow({ value, node }: Holder, name: string): Holder | undefined {
  return holderOf(value[name], pairIn(node, name)?.value);
}

function holderOf(value: unknown, node: Node | null | undefined): Holder | undefined {
  if (typeof value !== "object" || value === null || !isMap<Node, Node | null>(node)) return undefined;
  return { value: value as Record<string, unknown>, node };
}

// Not `pairOf` of locate.ts, whose index of a large map would be outdated by a change.
function pairIn(map: NodeMap, name: string): NodePair | undefined {
  return map.items.find(({ key }) => nameOfKey(key) === name);
}
