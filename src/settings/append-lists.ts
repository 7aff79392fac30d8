import { isSeq, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import * as z from "zod/mini";
import type { Code } from "../diagnostics/codes.ts";
import {
  type Complaint,
  type Diagnostic,
  diagnose,
  type Path,
  type Place,
} from "../diagnostics/diagnostic.ts";
import { builtIn } from "./defaults.ts";
import { settingsGrammar } from "./grammar.ts";
import { schemaAt } from "./grammar-walk.ts";
import { mostEntries } from "./limits.ts";
import { pairOf, placeOfKey, placeOfValue } from "./locate.ts";
import type { Tree } from "./read-tree.ts";
import { takesList } from "./takes-list.ts";
import { valueAt } from "./value-at.ts";
import { type Part, withPart } from "./with-part.ts";

type PlainMap = Readonly<Record<string, unknown>>;

/** Settings with complete lists. `inFile` converts the path of an entry of a list to the one in the file. */
export type Appended = {
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
  readonly inFile: <Placed extends Place>(placed: Placed) => Placed;
};

/** Where the first entries of a complete list come from; `at` is `undefined` for the built-in defaults. */
type Joined = { readonly count: number; readonly at: Path | undefined; readonly isList: boolean };

/**
 * Replaces each list whose key ends with + (`ssh_keys+`) with the inherited list and the written entries behind it, so
 * that the later stages see only complete lists. The entries keep their positions.
 */
export function appendLists(tree: Tree): Appended {
  const { root, value } = tree;
  const sensors = valueAt(value, ["sensors"]);
  const entries: readonly unknown[] = Array.isArray(sensors) ? sensors : [];
  const defaults: Part = { value: valueAt(value, ["defaults"]), node: pairOf(root, "defaults")?.value };
  const unchanged: Appended = { tree, diagnostics: [], inFile: (placed) => placed };
  if (!hasSign(defaults.value) && !entries.some(hasSign)) return unchanged;

  const diagnostics: Diagnostic[] = [];
  const schema = schemaAt(settingsGrammar(), ["sensors", 0]);
  if (schema === undefined) return unchanged;
  const lists = new Map<string, Joined>();
  const appendAt = (part: Part, at: Path, inherited: readonly Part[]) =>
    appended(part, schema, inherited, {
      report: (code, path, isKey, complaint) => {
        const place = isKey ? placeOfKey : placeOfValue;
        diagnostics.push(diagnose(code, place(root, [...at, ...path]), complaint));
      },
      note: (path, joined) => lists.set(JSON.stringify([...at, ...path]), joined),
    });
  const base: Part = { value: builtIn, node: undefined };
  const common = appendAt(defaults, ["defaults"], [base]);
  const list = pairOf(root, "sensors")?.value;
  const own = entries.map((entry, index) => {
    const node = isSeq<Node | null>(list) ? list.items[index] : undefined;
    return appendAt({ value: entry, node }, ["sensors", index], [common, base]);
  });
  return {
    tree: withParts(tree, common, Array.isArray(sensors) ? own : undefined),
    diagnostics,
    inFile: (placed) => ({ ...placed, path: writtenPath(placed.path, lists) }),
  };
}

/** The path in the file of a path in complete lists. */
function writtenPath(path: Path, lists: ReadonlyMap<string, Joined>): Path {
  for (let length = 1; length <= path.length; length++) {
    const joined = lists.get(JSON.stringify(path.slice(0, length)));
    if (joined === undefined) continue;
    const [index, ...rest] = path.slice(length);
    const own = [...path.slice(0, length - 1), `${path[length - 1]}+`];
    if (typeof index !== "number" || (index < joined.count && joined.at === undefined)) return own;
    if (joined.at === undefined || index >= joined.count) return [...own, index - joined.count, ...rest];
    return writtenPath([...joined.at, ...(joined.isList ? [index] : []), ...rest], lists);
  }
  return path;
}

type Notes = {
  readonly report: Report;
  readonly note: (path: Path, joined: Joined) => void;
};

type Report = (code: Code, path: Path, isKey: boolean, complaint: Complaint) => void;

/** One map of settings with complete lists; the same part if it has no key with +. `inherited`: the nearest first. */
function appended(
  part: Part,
  schema: z.core.$ZodType,
  inherited: readonly Part[],
  notes: Notes,
  path: readonly string[] = [],
): Part {
  const { report, note } = notes;
  if (!isPlainMap(part.value) || !hasSign(part.value)) return part;
  const value: Record<string, unknown> = Object.create(null);
  const node = new YAMLMap<Node, Node | null>();
  node.range = part.node?.range ?? null;
  for (const [key, item] of Object.entries(part.value)) {
    const pair = pairOf(part.node, key);
    const add = (name: string, added: Part) => {
      value[name] = added.value;
      const scalar = new Scalar(name);
      scalar.range = pair?.key.range ?? null;
      node.items.push(new Pair<Node, Node | null>(scalar, added.node ?? null));
    };
    const written: Part = { value: item, node: pair?.value };
    const name = key.endsWith("+") ? key.slice(0, -1) : key;
    const child = schemaAt(schema, [name]);
    if (child === undefined) add(key, written);
    else if (name === key) {
      const below = inherited.map((one) => ({
        value: valueAt(one.value, [key]),
        node: pairOf(one.node, key)?.value,
      }));
      add(
        key,
        child instanceof z.ZodMiniObject ? appended(written, child, below, notes, [...path, key]) : written,
      );
    } else if (!takesList(child))
      report("settings/unknown-key", [...path, key], true, {
        message: `${name} is not a list, so + cannot append to it`,
        hint: `write ${name}`,
      });
    else if (Object.hasOwn(part.value, name))
      report("settings/unknown-key", [...path, key], true, {
        message: `this map has both ${name} and ${key}`,
        hint: `${name} replaces the inherited list, and ${key} appends to it; keep one of them`,
      });
    else if (!Array.isArray(item))
      report("settings/wrong-type", [...path, key], false, {
        message: `${key} must be a list, whose entries are appended to the inherited list`,
        hint: item === null ? "add a value, or remove the key" : "put brackets around it",
      });
    else {
      const from = inherited.find((one) => valueAt(one.value, [name]) !== undefined);
      const before =
        from && listOf({ value: valueAt(from.value, [name]), node: pairOf(from.node, name)?.value });
      const complaint = before && complainOf(before, item.length, name);
      if (complaint) report(complaint.code, [...path, key], true, complaint);
      else {
        add(name, joined(before ?? [], written));
        // The last one has the built-in defaults.
        const isBuiltIn = from === undefined || from === inherited.at(-1);
        note([...path, name], {
          count: before?.length ?? 0,
          at: isBuiltIn ? undefined : ["defaults", ...path, name],
          isList: Array.isArray(from && valueAt(from.value, [name])),
        });
      }
    }
  }
  return { value, node };
}

function complainOf(
  before: readonly Part[],
  count: number,
  name: string,
): (Complaint & { readonly code: Code }) | undefined {
  if (before.length === 1 && before[0]?.value === "anywhere")
    return {
      code: "settings/invalid-value",
      message: `the inherited ${name} is the word anywhere, so + cannot append to it`,
      hint: `remove the key, or write ${name} to replace it`,
    };
  if (before.length + count <= mostEntries) return undefined;
  return {
    code: "settings/too-long",
    message: `${(before.length + count).toLocaleString("en")} entries are too many here, with the inherited ones; the limit is ${mostEntries.toLocaleString("en")}`,
  };
}

/** The entries of an inherited list; a single value, as `host_key` allows, is a list of it. */
function listOf({ value, node }: Part): readonly Part[] {
  if (!Array.isArray(value)) return [{ value, node }];
  return value.map((entry: unknown, index) => ({
    value: entry,
    node: isSeq<Node | null>(node) ? node.items[index] : undefined,
  }));
}

function joined(before: readonly Part[], own: Part): Part {
  const node = new YAMLSeq<Node | null>();
  node.range = own.node?.range ?? null;
  node.items = [
    // A list of the built-in defaults has no position; a problem is shown at the key.
    ...before.map((entry) => entry.node ?? new Scalar(entry.value)),
    ...(isSeq<Node | null>(own.node) ? own.node.items : []),
  ];
  return { value: [...before.map(({ value }) => value), ...(own.value as readonly unknown[])], node };
}

function withParts({ root, value }: Tree, defaults: Part, sensors: readonly Part[] | undefined): Tree {
  let whole: Part = { value, node: root };
  if (defaults.value !== undefined) whole = withPart(whole, "defaults", defaults);
  if (sensors !== undefined) {
    const list = new YAMLSeq<Node | null>();
    list.items = sensors.map((sensor) => sensor.node ?? null);
    whole = withPart(whole, "sensors", { value: sensors.map((sensor) => sensor.value), node: list });
  }
  return { root: whole.node ?? null, value: whole.value };
}

/** Whether a map of settings or a map below it has a key that ends with +. */
function hasSign(value: unknown): boolean {
  if (!isPlainMap(value)) return false;
  for (const key in value) if (key.endsWith("+") || hasSign(value[key])) return true;
  return false;
}

function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
