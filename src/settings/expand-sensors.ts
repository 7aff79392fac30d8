import { isSeq, type Node, Scalar, YAMLSeq } from "yaml";
import { type Complaint, type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { mostSensors } from "./limits.ts";
import { pairOf, placeOfKey, placeOfValue } from "./locate.ts";
import { isInRange, type NameRange, nameRangeOf, namesIn, sizeOf } from "./name-range.ts";
import type { Tree } from "./read-tree.ts";
import { valueAt } from "./value-at.ts";
import { withPart } from "./with-part.ts";

/** An entry of `sensors` or a row of a CSV file: its value, its node, and its path in the file. */
export type Entry = { readonly value: unknown; readonly node: Node | null; readonly path: Path };

/** Settings with one entry for each sensor, and the path in the file of each entry. */
export type Expanded = {
  readonly tree: Tree;
  readonly paths: readonly Path[];
  readonly diagnostics: readonly Diagnostic[];
};

/**
 * Appends the rows of a CSV file to `sensors`, and replaces each entry whose name is a range with one entry for each
 * sensor, which share everything except the name. `only` omits the other sensors of ranges.
 */
export function expandSensors(
  tree: Tree,
  rows: readonly Entry[] | undefined,
  only: readonly string[] | undefined,
): Expanded {
  const { root, value } = tree;
  const written = valueAt(value, ["sensors"]);
  // Beside a CSV file, `sensors` may be missing or empty.
  if (!Array.isArray(written) && (rows === undefined || (written !== undefined && written !== null)))
    return { tree, paths: [], diagnostics: [] };
  const nodes = pairOf(root, "sensors")?.value;
  const own = (Array.isArray(written) ? written : []).map(
    (entry: unknown, index): Entry => ({
      value: entry,
      node: isSeq<Node | null>(nodes) ? (nodes.items[index] ?? null) : null,
      path: ["sensors", index],
    }),
  );
  const all = [...own, ...(rows ?? [])];
  const ranges = all.map(({ value: entry }) => {
    const name = valueAt(entry, ["name"]);
    return typeof name === "string" ? nameRangeOf(name) : undefined;
  });
  if (rows === undefined && ranges.every((range) => range === undefined))
    return { tree, paths: all.map(({ path }) => path), diagnostics: [] };

  const whole = withSensors(tree, all);
  const diagnostics = ranges.flatMap((range, index) => {
    const complaint =
      range && ("message" in range ? { at: ["name"], ...range } : shared(range, all[index]?.value));
    return complaint
      ? [diagnose("settings/range", placeOfValue(whole.root, ["sensors", index, ...complaint.at]), complaint)]
      : [];
  });
  const paths = all.map(({ path }) => path);
  if (diagnostics.length > 0) return { tree: whole, paths, diagnostics };
  const total = ranges.reduce((sum, range) => sum + (range && !("message" in range) ? sizeOf(range) : 1), 0);
  if (total > mostSensors)
    return {
      tree: whole,
      paths,
      diagnostics: [
        diagnose("settings/too-long", placeOfKey(whole.root, ["sensors"]), {
          message: `the file has ${total.toLocaleString("en")} sensors; the limit is ${mostSensors.toLocaleString("en")}`,
          hint: "split the sensors into several files",
        }),
      ],
    };

  const expanded = all.flatMap((entry, index) => {
    const range = ranges[index];
    if (range === undefined || "message" in range) return [entry];
    const names = only === undefined ? namesIn(range) : only.filter((name) => isInRange(name, range));
    return names.map((name) => named(entry, name));
  });
  return { tree: withSensors(tree, expanded), paths: expanded.map(({ path }) => path), diagnostics: [] };
}

/** A complaint about a setting that several machines cannot share, at its path. */
function shared(range: NameRange, entry: unknown): (Complaint & { readonly at: Path }) | undefined {
  const count = sizeOf(range);
  if (count === 1) return undefined;
  const complaint = (at: Path, hint: string) => ({
    at,
    message: `the ${count.toLocaleString("en")} sensors of this range cannot have the same address`,
    hint,
  });
  if (valueAt(entry, ["network", "addresses"]) !== undefined)
    return complaint(
      ["network", "addresses"],
      "write one entry for each address, or a CSV file with a column network.addresses (`sensors_from`)",
    );
  const address = valueAt(entry, ["address"]);
  if (typeof address !== "string" || address.includes("{sensor}")) return undefined;
  return complaint(["address"], 'write a name with the placeholder {sensor}: "{sensor}.example.org"');
}

/** The entry with another name, at the position of the written one. */
function named(entry: Entry, name: string): Entry {
  return { ...withPart(entry, "name", { value: name, node: new Scalar(name) }), path: entry.path };
}

function withSensors({ root, value }: Tree, entries: readonly Entry[]): Tree {
  const list = new YAMLSeq<Node | null>();
  list.items = entries.map(({ node }) => node);
  const sensors = { value: entries.map((entry) => entry.value), node: list };
  const whole = withPart({ value, node: root }, "sensors", sensors, "sensors_from");
  return { root: whole.node, value: whole.value };
}
