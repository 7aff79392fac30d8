import { parse } from "yaml";
import type { Complaint, Path } from "../diagnostics/diagnostic.ts";
import { sourceOf } from "../diagnostics/source.ts";
import { changeText } from "../settings/change-text.ts";
import { builtIn } from "../settings/defaults.ts";
import { isGroup, merge } from "../settings/merge.ts";
import { nameRangeOf } from "../settings/name-range.ts";
import { readTree } from "../settings/read-tree.ts";
import { isReference } from "../settings/secret-leaf.ts";
import { valueAt } from "../settings/value-at.ts";
import type { Answers } from "./answers.ts";
import { answersIn, entriesIn } from "./answers-in.ts";
import type { Question } from "./question.ts";
import { settingsText } from "./settings-text.ts";

/** A settings file: its text, its value as plain data, and the entry of `sensors` that is asked about. */
export type Written = {
  readonly text: string;
  readonly settings: unknown;
  readonly entry: number | undefined;
};

type Change = { readonly path: Path; readonly value: unknown };
type Group = Readonly<Record<string, unknown>>;

/**
 * The text of a settings file after an answer, or why the answer cannot be written. Changes only the settings that `init`
 * would write differently after this answer, where they are: in the sensor's entry or in `defaults`.
 */
export function writeAnswer(
  written: Written,
  question: Question,
  answer: string,
): { readonly text: string } | { readonly complaint: Complaint } {
  const before = answersIn(written.settings, written.entry);
  const taken = question.take(answer, before);
  if (taken.kind === "refused") return { complaint: taken.complaint };
  const changes = differences(before, taken.answers, written);
  const placed = changes.flatMap((change) => placesOf(change, question, written));
  if (placed.length === 0 && changes.length > 0) return { complaint: inherited };
  const wanted = placed.reduce(
    (settings, { path, value }) => withValue(settings, path, value),
    written.settings,
  );
  const text = placed.reduce<string | undefined>(
    (changed, { path, value }) => (changed === undefined ? undefined : changeText(changed, path, value)),
    written.text,
  );
  // The text may have a layout that `changeText` misreads.
  if (text === undefined || !isSame(readTree(sourceOf("", text)).tree.value, wanted))
    return { complaint: unusual };
  return { text };
}

const inherited: Complaint = {
  message: "the sensor inherits this from `defaults`; change it there, in the editor",
};
const unusual: Complaint = { message: "this answer does not fit into the text; change it in the editor" };

function differences(before: Answers, after: Answers, { settings, entry }: Written): readonly Change[] {
  const [old, next] = [before, after].map((answers) => parse(settingsText(answers)) as unknown);
  const at = (path: Path, usual: unknown) => difference(valueAt(old, path), valueAt(next, path), path, usual);
  const count = before.sensors.length;
  const added = after.sensors.slice(count).map(({ os }, index): Change => {
    const path = ["sensors", count + index];
    const inherited = merge(builtIn, valueAt(settings, ["defaults"]));
    const written = Object.entries({ ...(valueAt(next, path) as Group), os });
    const own = written.filter(([key, value]) => !isSame(value, valueAt(inherited, [key])));
    return { path, value: Object.fromEntries(own) };
  });
  const shared = at(["defaults"], builtIn).filter(({ path }) => path.at(-1) !== "os");
  if (entry === undefined) return shared;
  const own = at(["sensors", entry], builtIn).filter(({ path }) => path.at(-1) !== "os");
  // `init` writes it for the first sensor, and for those that differ from it.
  const os = after.sensors[entry]?.os;
  const system = os === before.sensors[entry]?.os ? [] : [{ path: ["sensors", entry, "os"], value: os }];
  return [...own, ...system, ...shared, ...added];
}

// Groups of independent features, which are removed one by one.
const collections = new Set<unknown>(["network", "notify", "tools"]);

/** A setting that is only on one side and has its usual value is no difference. */
function difference(before: unknown, after: unknown, path: Path, usual: unknown): readonly Change[] {
  // The variable of a secret that exists keeps its name.
  if (isSame(before, after) || (isFromVariable(before) && isFromVariable(after))) return [];
  const isBelow =
    isGroup(before) && (isGroup(after) || (after === undefined && collections.has(path.at(-1))));
  if (isBelow) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after ?? {})]);
    return [...keys].flatMap((key) =>
      difference(before[key], valueAt(after, [key]), [...path, key], valueAt(usual, [key])),
    );
  }
  return (before === undefined || after === undefined) && isSame(before ?? after, usual)
    ? []
    : [{ path, value: after }];
}

/** The places in the file of a change: existing settings are changed where they are, and new ones are added beside theirs. */
function placesOf(change: Change, question: Question, { settings, entry }: Written): readonly Change[] {
  const { path, value } = change;
  const entries = entriesIn(settings);
  const [list, position] = path;
  if (list === "sensors" && position === entries.length) return [change];
  const inEntry = ["sensors", entry ?? 0];
  const below = path.slice(list === "sensors" ? 2 : 1);
  const isOwn = entry !== undefined && valueAt(settings, [...inEntry, ...below]) !== undefined;
  const isDefault = valueAt(settings, ["defaults", ...below]) !== undefined;
  const mayChangeDefaults = question.sensor === undefined || isOnlySensor(settings);
  const own = { path: [...inEntry, ...below], value };
  const shared = { path: ["defaults", ...below], value };
  if (value === undefined)
    return [...(isOwn ? [own] : []), ...(isDefault && mayChangeDefaults ? [shared] : [])];
  if (entry === undefined) return [shared];
  if (isOwn) return [own];
  if (isDefault) return [mayChangeDefaults ? shared : own];
  const group = below.slice(0, -1);
  const isBesideOwn =
    group.length > 0 &&
    valueAt(settings, [...inEntry, ...group]) !== undefined &&
    valueAt(settings, ["defaults", ...group]) === undefined;
  return [question.sensor !== undefined || isBesideOwn ? own : shared];
}

function isOnlySensor(settings: unknown): boolean {
  const entries = entriesIn(settings);
  const name = valueAt(entries[0], ["name"]);
  const isRange = typeof name === "string" && nameRangeOf(name) !== undefined;
  return entries.length === 1 && !isRange && valueAt(settings, ["sensors_from"]) === undefined;
}

/** As `changeText`, for plain data. */
function withValue(data: unknown, [key = "", ...below]: Path, value: unknown): unknown {
  if (Array.isArray(data) && typeof key === "number")
    return data.toSpliced(key, 1, below.length === 0 ? value : withValue(data[key], below, value));
  const group: Group = isGroup(data) ? data : {};
  const old = valueAt(group, [key]);
  let changed = value;
  if (below.length > 0)
    changed = typeof below[0] === "number" && !Array.isArray(old) ? [value] : withValue(old, below, value);
  else if (isGroup(value) && isGroup(old))
    changed = Object.entries(value).reduce<unknown>((all, [name, part]) => withValue(all, [name], part), old);
  const isEmptied =
    value === undefined && below.length > 0 && isGroup(changed) && Object.keys(changed).length === 0;
  if (changed !== undefined && !isEmptied) return { ...group, [key]: changed };
  return Object.fromEntries(Object.entries(group).filter(([name]) => name !== key));
}

function isFromVariable(value: unknown): boolean {
  return isReference(value) && "env" in value;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  return isGroup(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
