import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Source } from "../diagnostics/source.ts";
import { type Deprecation, deprecations } from "../settings/deprecated.ts";
import { fileFromSettings } from "../settings/file-from-settings.ts";
import { lineEndOf } from "../settings/node-text.ts";
import { readTree } from "../settings/read-tree.ts";
import { reviewedRefs } from "../settings/reviewed-refs.ts";
import { type Change, type Refs, refsFor, type UpgradedText, upgradeText } from "../settings/upgrade-text.ts";
import { valueAt } from "../settings/value-at.ts";
import { loadSettings } from "./load.ts";
import { readSource } from "./read-source.ts";
import type { World } from "./world.ts";

/** A settings file or its CSV file, before and after. The texts are without a byte order mark. */
export type FileUpgrade = {
  /** The name for messages. */
  readonly file: string;
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly changes: readonly Change[];
  /** Both texts with their secrets masked. */
  readonly shown: { readonly before: string; readonly after: string };
};

/** The changes of a settings file, or the problems that prevent them. */
export type UpgradePlan = {
  readonly source: Source;
  /** Errors to fix first, or deprecated settings to replace by hand. */
  readonly diagnostics: readonly Diagnostic[];
  readonly isRefused: boolean;
  /** The changed files. */
  readonly files: readonly FileUpgrade[];
  /** The text of the settings file, also if it does not change. */
  readonly text: string;
};

/** What `upgrade` replaces; tests pass their own. */
export type UpgradeTables = { readonly deprecations: readonly Deprecation[]; readonly refs: Refs };

/** `modeline`: the first line to add if the file has no line for the YAML language server. */
export async function planUpgrade(
  file: string,
  world: World,
  modeline: string | undefined,
  tables: UpgradeTables = { deprecations, refs: reviewedRefs },
): Promise<UpgradePlan> {
  const options = { readSecrets: false, deprecations: tables.deprecations };
  const loaded = await loadSettings(file, world, options);
  const { source } = loaded;
  const errors = loaded.diagnostics.filter(isInText);
  if (errors.length > 0) return { source, diagnostics: errors, isRefused: true, files: [], text: "" };

  const { source: settings } = await readSource(file, world);
  const { value } = readTree(settings).tree;
  const upgraded = upgradeText(settings.text, tables.deprecations, tables.refs);
  const hasModeline = modeline === undefined || /^#\s*yaml-language-server:/m.test(settings.text);
  const main: UpgradedText = hasModeline
    ? upgraded
    : {
        ...upgraded,
        text: `${modeline}${lineEndOf(settings.text)}${upgraded.text}`,
        changes: [{ setting: "the first line", what: "names the schema, for editors" }, ...upgraded.changes],
      };
  const name = valueAt(value, ["sensors_from"]);
  const table =
    typeof name === "string"
      ? await upgradedTable(
          fileFromSettings(name, file, world.home),
          world,
          tables,
          valueAt(value, ["defaults", "dshield", "repository"]),
        )
      : undefined;

  const isSame = main.text === settings.text && table?.after === table?.before;
  const results = new Map([[file, main.text], ...(table ? [[table.path, table.after] as const] : [])]);
  const after = isSame ? loaded : await loadSettings(file, withTexts(world, results), options);
  const left = after.diagnostics.filter((one) => isInText(one) || isDeprecated(one));
  const isIncomplete = !upgraded.isComplete || left.length > 0;
  const shown = sides(source, after.source);
  const files = [
    { file, path: file, before: settings.text, after: main.text, changes: main.changes, shown: shown[0] },
    ...(table ? [{ ...table, file: source.attached?.file ?? table.path, shown: shown[1] }] : []),
  ];
  if (isIncomplete) {
    const byHand = loaded.diagnostics.filter(isDeprecated);
    // Without a deprecated setting, the new text itself is the problem: it may have become too large.
    const [problems, text] = byHand.length > 0 ? [byHand, source] : [left, after.source];
    return { source: text, diagnostics: problems, isRefused: false, files: [], text: settings.text };
  }
  return {
    source: after.source,
    diagnostics: [],
    isRefused: false,
    files: files.filter(({ before, after }) => before !== after),
    text: main.text,
  };
}

/** Whether the text itself cannot be read as settings. Missing files and the rules are the business of `check`. */
function isInText({ code, severity }: Diagnostic): boolean {
  return severity === "error" && code !== "settings/removed" && /^(source|settings|table)\//.test(code);
}

function isDeprecated({ code }: Diagnostic): boolean {
  return code === "settings/deprecated" || code === "settings/removed";
}

async function upgradedTable(path: string, world: World, tables: UpgradeTables, repository: unknown) {
  const { source } = await readSource(path, world);
  // Imported only here, because loading the CSV parser takes a tenth of the start-up time.
  const { upgradeTable } = await import("../settings/upgrade-table.ts");
  const { text, changes } = upgradeTable(source.text, tables.deprecations, refsFor(repository, tables.refs));
  return { path, before: source.text, after: text, changes };
}

function withTexts(world: World, texts: ReadonlyMap<string, string>): World {
  const encoder = new TextEncoder();
  const contentOf = (path: string) => {
    const text = texts.get(path);
    return text === undefined ? undefined : encoder.encode(text);
  };
  return {
    ...world,
    readFile: async (path) => contentOf(path) ?? world.readFile(path),
    stat: async (path) => {
      const content = contentOf(path);
      return content === undefined
        ? world.stat(path)
        : { mode: 0o600, size: content.byteLength, isFile: true };
    },
  };
}

/** The texts of the settings file and of the CSV file, before and after, with their secrets masked. */
function sides(before: Source, after: Source) {
  const [one, other] = [maskedTexts(before), maskedTexts(after)];
  return [
    { before: one[0], after: other[0] },
    { before: one[1], after: other[1] },
  ] as const;
}

function maskedTexts({ text, masked, attached }: Source): readonly [string, string] {
  const part = (start: number, end: number) => {
    let result = "";
    let offset = start;
    for (const mask of masked) {
      // A private key without an end may reach into the other file.
      if (mask.end <= start || mask.start >= end) continue;
      result += `${text.slice(offset, mask.start)}***`;
      offset = mask.end;
    }
    return result + text.slice(offset, end);
  };
  const middle = attached?.start ?? text.length;
  return [part(0, middle), part(middle, text.length)];
}
