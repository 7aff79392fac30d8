import { dirname, join } from "node:path";
import type { Code } from "../diagnostics/codes.ts";
import { type Diagnostic, diagnose, type Path, type Place } from "../diagnostics/diagnostic.ts";
import { attach, type Source } from "../diagnostics/source.ts";
import { quoted } from "../diagnostics/visible.ts";
import { type Deprecation, deprecations } from "../settings/deprecated.ts";
import { expandSensors } from "../settings/expand-sensors.ts";
import { fileFromSettings } from "../settings/file-from-settings.ts";
import { placeOfValue } from "../settings/locate.ts";
import { formerSecretKeys, maskSecrets } from "../settings/mask.ts";
import { narrow } from "../settings/narrow.ts";
import { readTree, type Tree } from "../settings/read-tree.ts";
import { renameDeprecated } from "../settings/rename-deprecated.ts";
import { valueAt } from "../settings/value-at.ts";
import { complainOfFileName } from "../values/file-name.ts";
import { readSource } from "./read-source.ts";
import type { World } from "./world.ts";

/** The parsed settings with one entry for each sensor; `inFile` converts a path to the one in the file. */
export type Entries = {
  readonly source: Source;
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
  /** Problems of deprecated settings, with their paths in the file. The tree has the present settings. */
  readonly deprecated: readonly Diagnostic[];
  readonly inFile: <Placed extends Place>(placed: Placed) => Placed;
};

/**
 * Parses the text of a settings file and reads its CSV file of sensors, if possible without the entries of sensors other
 * than `only`.
 */
export async function readEntries(
  text: Source,
  world: World,
  only: readonly string[] | undefined,
  table: readonly Deprecation[] = deprecations,
): Promise<Entries> {
  if (only !== undefined) {
    const part = await read(text, narrow(text.text, only), world, only, table);
    if (part.diagnostics.length === 0 && hasAll(part.tree, only)) return part;
  }
  return read(text, undefined, world, undefined, table);
}

function hasAll({ value }: Tree, names: readonly string[]): boolean {
  const sensors = valueAt(value, ["sensors"]);
  const found = new Set(
    Array.isArray(sensors) ? sensors.map((sensor: unknown) => valueAt(sensor, ["name"])) : [],
  );
  return names.every((name) => found.has(name));
}

async function read(
  text: Source,
  narrowed: ReturnType<typeof narrow>,
  world: World,
  only: readonly string[] | undefined,
  table: readonly Deprecation[],
): Promise<Entries> {
  const { tree: written, diagnostics: malformed } = readTree({ ...text, text: narrowed?.text ?? text.text });
  const stop = (source: Source, diagnostics: readonly Diagnostic[]): Entries => ({
    source,
    tree: written,
    diagnostics,
    deprecated: [],
    inFile: (placed) => placed,
  });
  if (malformed.length > 0) return stop(maskSecrets(text, written.root, false), malformed);
  const inWhole = (path: Path): Path => {
    const [list, position, ...rest] = path;
    return list === "sensors" && typeof position === "number"
      ? [list, narrowed?.positions[position] ?? position, ...rest]
      : path;
  };
  const { source: whole, rows } = await readRows(text, written, world, only, table);
  // Before deprecated settings are replaced: one that is removed then is still in the text.
  const source = maskSecrets(whole, written.root, true, rows?.masked, formerSecretKeys(table));
  const inEntries = renameDeprecated(written, table, text.file);
  if (rows !== undefined && rows.diagnostics.length > 0) return stop(source, rows.diagnostics);
  const { tree, paths, diagnostics } = expandSensors(written, rows?.entries, only);
  return {
    source,
    tree,
    diagnostics,
    deprecated: [
      ...inEntries.map((diagnostic) => ({ ...diagnostic, path: inWhole(diagnostic.path) })),
      ...(rows?.deprecated ?? []),
    ],
    inFile: (placed) => {
      const [list, index, ...rest] = placed.path;
      if (list !== "sensors" || typeof index !== "number") return placed;
      return { ...placed, path: [...inWhole(paths[index] ?? [list, index]), ...rest] };
    },
  };
}

async function readRows(
  text: Source,
  { root, value }: Tree,
  world: World,
  only: readonly string[] | undefined,
  deprecated: readonly Deprecation[],
) {
  const name = valueAt(value, ["sensors_from"]);
  if (name === undefined) return { source: text, rows: undefined };
  const refuse = (message: string, hint?: string) => ({
    source: text,
    rows: {
      entries: [],
      masked: [],
      deprecated: [],
      diagnostics: [
        diagnose("table/unreadable", placeOfValue(root, ["sensors_from"]), {
          message,
          ...(hint !== undefined && { hint }),
        }),
      ],
    },
  });
  if (typeof name !== "string")
    return refuse("sensors_from must be the name of a CSV file", "write sensors_from: students.csv");
  const complaint = complainOfFileName(name);
  if (complaint) return refuse(complaint.message, complaint.hint);
  const { source: table, diagnostics } = await readSource(
    fileFromSettings(name, text.file, world.home),
    world,
  );
  const [problem] = diagnostics;
  if (problem !== undefined)
    return refuse(`${quoted(name)} cannot be used: ${problem.message}`, hints[problem.code]);
  const shown = /^[~/]/.test(name) ? name : join(dirname(text.file), name);
  const source = attach(text, shown, table.text);
  // Imported only here, because loading the CSV parser takes a tenth of the start-up time.
  const { tableEntries } = await import("../settings/table-entries.ts");
  return { source, rows: tableEntries(table.text, source.attached.start, only, deprecated, text.file) };
}

// The hints of `readSource` are for a settings file.
const hints: Partial<Readonly<Record<Code, string>>> = {
  "source/missing": "file names are relative to the settings file; ~/ is your home directory",
  "source/not-a-file": "use the name of a CSV file",
  "source/not-utf8": "save it as CSV UTF-8",
  "source/control-character": "save it as CSV UTF-8",
};
