import { isMap, type Node, Pair, Scalar, YAMLMap } from "yaml";
import * as z from "zod/mini";
import { type Complaint, type Diagnostic, diagnose, type Range } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { quoted } from "../diagnostics/visible.ts";
import { cellValue } from "./cell-value.ts";
import { type Deprecation, isIn, presentPath } from "./deprecated.ts";
import type { Entry } from "./expand-sensors.ts";
import { settingsGrammar } from "./grammar.ts";
import { leavesOf, schemaAt } from "./grammar-walk.ts";
import { isPublicReference, looksSecret } from "./mask.ts";
import { type Cell, readTable } from "./read-table.ts";
import { nameOfKey } from "./read-tree.ts";
import { renameInEntry } from "./rename-deprecated.ts";
import { takesList } from "./takes-list.ts";

/** The sensors of a CSV file; `masked` are the ranges of cells that may be secrets. */
export type TableEntries = {
  readonly entries: readonly Entry[];
  readonly diagnostics: readonly Diagnostic[];
  readonly masked: readonly Range[];
  /** Problems of deprecated settings, which do not prevent reading the file. */
  readonly deprecated: readonly Diagnostic[];
};

/**
 * Converts the rows of a CSV file to entries of `sensors`. A column is a setting (`admin.ssh_keys`), or is ignored if its
 * name begins with `#`. `start` is the offset of the text in its source. `only` skips the rows that do not contain one of
 * these names. Deprecated settings are replaced with their successors.
 */
export function tableEntries(
  text: string,
  start: number,
  only: readonly string[] | undefined,
  deprecations: readonly Deprecation[],
  file: string,
): TableEntries {
  const mayName = (line: string) => line.includes("[") || (only ?? []).some((name) => line.includes(name));
  const { table, diagnostics } = readTable(text, start, only && mayName);
  if (diagnostics.length > 0) return refused(diagnostics, text, start);
  const { columns, diagnostics: unknown } = columnsOf(table.header, start, deprecations);
  if (unknown.length > 0) return refused(unknown, text, start);

  const problems: Diagnostic[] = [];
  const masked: Range[] = [];
  const deprecated: Diagnostic[] = [];
  const secrets = table.header.map(({ text: name }) =>
    [name, presentPath(name, deprecations) ?? ""].some((path) => path.split(".").some(looksSecret)),
  );
  const nameAt = (name: string) => table.header.find(({ text }) => isIn(text, name))?.range;
  const entries = table.rows.map(({ index, cells, range }): Entry => {
    const at = ["sensors_from", index];
    const value = emptyMap();
    const node = new YAMLMap<Node, Node | null>();
    node.range = [range.start, range.end, range.end];
    for (const cell of cells) {
      const column = columns[cell.column];
      const isSecret = secrets[cell.column] ?? false;
      if (column === undefined) {
        if (isSecret) masked.push(cell.range);
        continue;
      }
      const found = cellValue(cell, column.schema, [...at, ...column.path]);
      if ("problem" in found) problems.push(found.problem);
      else put(value, node, column.path, found, cell.range);
      if (isSecret && !("value" in found && isPublicReference(found.value))) masked.push(cell.range);
    }
    deprecated.push(...renameInEntry({ chain: [{ value, node }], at }, deprecations, file, nameAt));
    return { value, node, path: at };
  });
  return { entries, diagnostics: problems, masked, deprecated };
}

// Until the columns are known, every cell may be a secret, also one of the first row if that names no setting.
function refused(diagnostics: readonly Diagnostic[], text: string, start: number): TableEntries {
  const firstLine = /^[^\n]*/.exec(text)?.[0] ?? "";
  const names = firstLine.split(/[,;\t"' \r]/);
  const isNamed = namesSettings(names, settingNames());
  const hasSecret = names.some((name) => name.split(".").some(looksSecret));
  const hidden = { start: isNamed ? start + firstLine.length : start, end: start + text.length };
  return { entries: [], diagnostics, masked: isNamed && !hasSecret ? [] : [hidden], deprecated: [] };
}

type Column = {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
};

/** The setting of each column; `undefined` for a column that is ignored. */
function columnsOf(
  header: readonly Cell[],
  start: number,
  deprecations: readonly Deprecation[],
): { readonly columns: readonly (Column | undefined)[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const report = ({ range }: { readonly range: Range }, complaint: Complaint) =>
    diagnostics.push(diagnose("table/column", { path: ["sensors_from"], range }, complaint));
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  const settings = settingNames();
  const seen = new Set<string>();
  // A file without a header begins with a sensor, whose cells no message may repeat.
  const hasHeader = namesSettings(
    header.map(({ text }) => text),
    settings,
  );
  const columns = (hasHeader ? header : []).map((cell): Column | undefined => {
    const name = cell.text;
    if (name.startsWith("#")) return undefined;
    const setting = name.replace(/\+$/, "");
    const isAppending = setting !== name;
    // A column without a successor is read as text.
    const schema = sensor && schemaAt(sensor, (presentPath(setting, deprecations) ?? "name").split("."));
    if (name === "")
      report(cell, {
        message: `column ${cell.column + 1} has no name`,
        hint: "write the setting of the column, or a name that begins with # to ignore the column",
      });
    else if (schema === undefined || schema instanceof z.ZodMiniObject)
      report(cell, { message: `the column ${quoted(name)} is not a setting`, hint: hintFor(name, settings) });
    else if (isAppending && !takesList(schema))
      report(cell, {
        message: `${quoted(setting)} is not a list, so + cannot append to it`,
        hint: `write ${setting}`,
      });
    else if (seen.has(name)) report(cell, { message: `the column ${quoted(name)} occurs twice` });
    else {
      seen.add(name);
      return { path: name.split("."), schema };
    }
    return undefined;
  });
  if (diagnostics.length === 0 && !seen.has("name"))
    report(header[0] ?? { range: { start, end: start + 1 } }, {
      message: "no column is named name",
      hint: "the first row has the names of the columns: name,target,address",
    });
  return { columns, diagnostics };
}

/** The settings that a column can have. */
function settingNames(): readonly string[] {
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  return sensor ? [...leavesOf(sensor)].map(({ path }) => path.join(".")) : [];
}

/** Whether at least one of the names is that of a setting. */
function namesSettings(names: readonly string[], settings: readonly string[]): boolean {
  return names.some((name) => settings.includes(spelledAsOurs(name)));
}

function spelledAsOurs(name: string): string {
  return name.replace(/\+$/, "").replaceAll("-", "_").toLowerCase();
}

function hintFor(name: string, settings: readonly string[]): string {
  const plain = spelledAsOurs(name);
  const below = settings.filter((setting) => setting.startsWith(`${plain}.`));
  if (below.length > 0) return `write one of ${below.slice(0, 5).join(", ")}`;
  const last = plain.slice(plain.lastIndexOf(".") + 1);
  const alike = nearest(plain, settings) ?? settings.find((setting) => setting.endsWith(`.${last}`));
  return alike === undefined
    ? "columns are settings like name, target or admin.ssh_keys; a name that begins with # is ignored"
    : `did you mean ${alike}?`;
}

function emptyMap(): Record<string, unknown> {
  return Object.create(null);
}

/** Adds a setting to an entry. A key has the position of its cell, since its name is in another row. */
function put(
  value: Record<string, unknown>,
  node: YAMLMap<Node, Node | null>,
  path: readonly string[],
  found: { readonly value: unknown; readonly node: Node },
  range: Range,
): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    value[key] = found.value;
    node.items.push(new Pair(keyAt(key, range), found.node));
    return;
  }
  const written = node.items.find((pair) => nameOfKey(pair.key) === key)?.value;
  const below = isMap<Node, Node | null>(written) ? written : new YAMLMap<Node, Node | null>();
  if (below !== written) {
    below.range = [range.start, range.end, range.end];
    value[key] = emptyMap();
    node.items.push(new Pair<Node, Node | null>(keyAt(key, range), below));
  }
  put(value[key] as Record<string, unknown>, below, rest, found, range);
}

function keyAt(key: string, { start, end }: Range): Scalar {
  const scalar = new Scalar(key);
  scalar.range = [start, end, end];
  return scalar;
}
