import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar } from "yaml";
import { sourceOf } from "../diagnostics/source.ts";
import { builtIn } from "./defaults.ts";
import type { Deprecation } from "./deprecated.ts";
import { insertion, removal, scalarText } from "./move-pair.ts";
import { readTree, type Tree } from "./read-tree.ts";
import {
  entriesOf,
  type FoundDeprecated,
  findDeprecated,
  renameDeprecated,
  type SettingsEntry,
} from "./rename-deprecated.ts";
import { applyEdits, type Edit } from "./text-edits.ts";
import { valueAt } from "./value-at.ts";

/** One kind of change: the setting and what happens to it. */
export type Change = { readonly setting: string; readonly what: string };

/** A text with its changes; `isComplete` is false if deprecated settings are left that must be replaced by hand. */
export type UpgradedText = {
  readonly text: string;
  readonly changes: readonly Change[];
  readonly isComplete: boolean;
};

/** Reviewed commits by setting, newest first. */
export type Refs = Readonly<Record<string, readonly string[]>>;

/**
 * Replaces deprecated settings and former reviewed commits in the text of a settings file, and leaves everything else as
 * it is. The text must be valid.
 */
export function upgradeText(text: string, table: readonly Deprecation[], refs: Refs): UpgradedText {
  const renamed = replaceDeprecated(text, table);
  const isComplete = renamed !== undefined;
  const before = renamed?.text ?? text;
  const pins = pinEdits(before, refs);
  return {
    text: applyEdits(
      before,
      pins.map(({ edit }) => edit),
    ),
    changes: [...(renamed?.changes ?? []), ...pins.map(({ change }) => change)],
    isComplete,
  };
}

/** `undefined` if the edited text would mean something else than the settings with their present names. */
function replaceDeprecated(
  text: string,
  table: readonly Deprecation[],
): { readonly text: string; readonly changes: readonly Change[] } | undefined {
  if (table.length === 0) return { text, changes: [] };
  const wanted = treeOf(text);
  const problems = renameDeprecated(wanted, table, "");
  if (problems.length === 0) return { text, changes: [] };
  let edited = text;
  const changes: Change[] = [];
  const parsed = lastTree();
  for (const deprecation of table) {
    // Each edit leaves at most one setting of an entry, as `old` or as `old+`.
    for (const sign of ["", "+"] as const) {
      const find = (source: string) =>
        entriesOf(parsed(source)).flatMap((entry) =>
          findDeprecated(entry.chain, deprecation)
            .filter((found) => found.sign === sign)
            .map((found) => ({ entry, found })),
        );
      const found = find(edited);
      if (found.length === 0) continue;
      changes.push(...found.map(() => changeOf(deprecation)));
      edited = isMove(deprecation)
        ? move(edited, deprecation, find)
        : applyEdits(
            edited,
            found.flatMap((one) => editsInPlace(edited, deprecation, one.found)),
          );
    }
  }
  const result = parsed(edited);
  return isDeepStrictEqual(result.value, wanted.value) ? { text: edited, changes } : undefined;
}

function treeOf(text: string): Tree {
  return readTree(sourceOf("", text)).tree;
}

/** As `treeOf`, but parses a text only once in a row: a large file takes a second. */
function lastTree(): (text: string) => Tree {
  let last: { readonly text: string; readonly tree: Tree } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, tree: treeOf(text) };
    return last.tree;
  };
}

/** What happens to a deprecated setting. */
export function changeOf({ from, to }: Deprecation): Change {
  const what =
    to === undefined
      ? "is removed; it has no effect"
      : to === from
        ? "gets its present value"
        : `becomes ${to}`;
  return { setting: from, what };
}

/** What happens to a former reviewed commit. */
export function changeOfRef(setting: string): Change {
  return { setting, what: "becomes the commit that this version of sensorbake was reviewed with" };
}

function isMove({ from, to }: Deprecation): boolean {
  return to === undefined || parentOf(from) !== parentOf(to);
}

function parentOf(path: string): string {
  return path.split(".").slice(0, -1).join(".");
}

function editsInPlace(
  text: string,
  { from, to }: Deprecation,
  { pair, sign, converted }: FoundDeprecated,
): readonly Edit[] {
  const edits: Edit[] = [];
  const [keyStart, keyEnd] = pair.key.range ?? [0, 0];
  if (to !== from) edits.push({ start: keyStart, end: keyEnd, text: `${to?.split(".").at(-1)}${sign}` });
  const [start, end] = pair.value?.range ?? [0, 0];
  if (converted !== undefined)
    edits.push({
      start,
      end,
      text: scalarText(converted) + (text.slice(start, end).endsWith("\n") ? "\n" : ""),
    });
  return edits;
}

type Finder = (
  source: string,
) => readonly { readonly entry: SettingsEntry; readonly found: FoundDeprecated }[];

// First the copies, then the originals: a group that would be empty in between may be the target.
function move(text: string, { to }: Deprecation, find: Finder): string {
  const copied =
    to === undefined
      ? text
      : applyEdits(
          text,
          find(text).flatMap(({ entry, found: { chain, pair, sign, converted } }) => {
            const below = entry.chain.at(-1)?.node;
            const from = chain.at(-1)?.node;
            if (below === undefined || from === undefined) return [];
            const value = converted === undefined ? undefined : scalarText(converted);
            const path = `${to}${sign}`.split(".");
            return insertion(text, below, path, from, pair, value);
          }),
        );
  return applyEdits(
    copied,
    find(copied).map(({ entry, found: { chain, pair } }) => {
      const target =
        to === undefined ? undefined : entry.chain.at(-1)?.node.getIn(to.split(".").slice(0, -1));
      // A map in braces has no place for the comments, so they stay.
      const keepsComments = isMap(target) && target.flow === true;
      return removal(
        copied,
        chain.map(({ node }) => node),
        pair,
        keepsComments,
      );
    }),
  );
}

/** The commits that apply to a sensor with this `dshield.repository`: a fork may not contain the newest one. */
export function refsFor(repository: unknown, refs: Refs): Refs {
  if (repository === undefined || repository === builtIn.dshield.repository) return refs;
  const { "dshield.ref": _, ...others } = refs;
  return others;
}

function pinEdits(text: string, refs: Refs): readonly { readonly edit: Edit; readonly change: Change }[] {
  const tree = treeOf(text);
  const inherited = valueAt(tree.value, ["defaults", "dshield", "repository"]);
  return entriesOf(tree).flatMap(({ chain }) => {
    const entry = chain.at(-1);
    const repository = valueAt(entry?.value, ["dshield", "repository"]) ?? inherited;
    return Object.entries(refsFor(repository, refs)).flatMap(([setting, [newest = "", ...former]]) => {
      const path = setting.split(".");
      const written = valueAt(entry?.value, path);
      if (typeof written !== "string" || !former.includes(written)) return [];
      const node = entry?.node.getIn(path, true);
      const start = isScalar(node) ? text.indexOf(written, node.range?.[0]) : -1;
      if (start === -1) return [];
      return [{ edit: { start, end: start + written.length, text: newest }, change: changeOfRef(setting) }];
    });
  });
}
