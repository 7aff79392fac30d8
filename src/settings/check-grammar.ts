import type * as z from "zod/mini";
import { type Complaint, type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { invisibleIn } from "../diagnostics/invisible.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { typographicQuotes } from "../diagnostics/typographic-quotes.ts";
import { quoted } from "../diagnostics/visible.ts";
import { yamlWord } from "../diagnostics/yaml-word.ts";
import { settingsGrammar, type WrittenSettings } from "./grammar.ts";
import { factsAt, keysAt, schemaAt } from "./grammar-walk.ts";
import type { CarriedComplaint } from "./leaf.ts";
import { locate, placeOfKey, placeOfValue } from "./locate.ts";
import { ourKey, ourValue, refusedKey } from "./other-names.ts";
import { type PlacedIssue, parseWritten } from "./parse-written.ts";
import type { Tree } from "./read-tree.ts";
import { takesList } from "./takes-list.ts";
import { valueAt } from "./value-at.ts";

/** Returns the typed settings, or a diagnostic for each invalid part at its place in the file. */
export type Checked =
  | { readonly written: WrittenSettings; readonly diagnostics: readonly [] }
  | { readonly written: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Checks the file against the grammar. Messages are ours, never zod's. */
export function checkGrammar(tree: Tree): Checked {
  const { written, issues } = parseWritten(tree.value);
  if (written !== undefined) return { written, diagnostics: [] };
  const grammar = settingsGrammar();
  return { written, diagnostics: issues.flatMap((placed) => explain(placed, tree, grammar)) };
}

function explain({ issue, path }: PlacedIssue, tree: Tree, grammar: z.core.$ZodType): readonly Diagnostic[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => explainUnknownKey(key, path, tree, grammar));
  const key = String(path.findLast((part) => typeof part === "string") ?? "the file");
  const name = typeof path.at(-1) === "number" ? `an entry of ${key}` : key;
  const takes = factsAt(grammar, path)?.takes ?? "something else";
  const own = locate(tree.root, path);
  if (path.length > 0 && own === undefined)
    return [
      diagnose("settings/missing-key", placeOfKey(tree.root, path), {
        message: `${name} is missing; it must be ${takes}`,
      }),
    ];

  const place = placeOfValue(tree.root, path);
  // A fix replaces the value's own text, not that of its key, and no line break.
  const isInPlace = own?.value?.start === place.range?.start && own?.isBlock === false;
  const value = valueAt(tree.value, path);
  const foreign = typeof value === "string" && !isSecret(grammar, path) ? foreignSign(value) : undefined;
  if (foreign !== undefined) return [diagnose("settings/invalid-value", place, foreign)];
  if (issue.code === "custom") {
    // Added by our own checks, see leaf.ts.
    const { hint, fix, isWrongType } = (issue.params ?? {}) as CarriedComplaint;
    const code =
      path[0] === "version"
        ? "settings/version"
        : isWrongType
          ? "settings/wrong-type"
          : "settings/invalid-value";
    return [
      diagnose(code, place, {
        message: issue.message,
        ...(hint !== undefined && { hint }),
        ...(fix !== undefined && isInPlace && { fix }),
      }),
    ];
  }
  if (issue.code === "invalid_value" && typeof value === "string") {
    const known = issue.values.map(String);
    const suggestion = ourValue(inSensor(path), value, known) ?? nearest(value, known);
    return [
      diagnose("settings/invalid-value", place, {
        message: `${quoted(value)} is not ${takes}`,
        ...(suggestion !== undefined && { hint: `did you mean ${suggestion}?` }),
        ...(suggestion !== undefined && isInPlace && { fix: yamlWord(suggestion) }),
      }),
    ];
  }
  const { fix, ...complaint } = explainType(name, takes, value);
  // A value written otherwise, e.g. as 007 or 1e2, is not the text that was meant.
  const isOtherwise =
    (typeof value === "number" || typeof value === "boolean") && own?.written !== String(value);
  return [
    diagnose("settings/wrong-type", place, {
      ...complaint,
      ...(fix !== undefined && isInPlace && !isOtherwise && !isSecret(grammar, path) && { fix }),
    }),
  ];
}

function isSecret(grammar: z.core.$ZodType, path: Path): boolean {
  return factsAt(grammar, path)?.isSecret === true;
}

/** A complaint about an invisible character or typographic quotes in a refused text, the probable reason. */
function foreignSign(text: string): Complaint | undefined {
  const invisible = invisibleIn(text);
  if (invisible !== undefined)
    return {
      message: `the value contains the invisible character ${invisible}`,
      hint: "type the value instead of pasting it",
    };
  const quotes = typographicQuotes(text);
  if (quotes === undefined) return undefined;
  return {
    message: `the value begins and ends with ${quotes}, which are not quotes to YAML`,
    hint: `write " in their place, or leave them out`,
  };
}

function explainUnknownKey(key: string, parent: Path, tree: Tree, grammar: z.core.$ZodType): Diagnostic {
  const { range } = placeOfKey(tree.root, [...parent, key]);
  // `password:infected` is one word to YAML; the text after the colon may be a secret.
  const [, head] = /^([^:]*):/.exec(key) ?? [];
  const place = { path: [...parent, head ?? key], range };
  if (head !== undefined)
    return diagnose("settings/unknown-key", place, {
      message: `unknown key; after ${quoted(`${head}:`)} a blank is missing`,
      hint: "in YAML, put a colon and a space between a key and its value",
    });
  const refused = refusedKey(inSensor(parent), key);
  if (refused !== undefined) return diagnose("settings/unknown-key", place, refused);
  const invisible = invisibleIn(key);
  const { hint, fix } = helpForKey(key, parent, grammar);
  const isTwice = fix !== undefined && locate(tree.root, [...parent, fix]) !== undefined;
  return diagnose("settings/unknown-key", place, {
    message: `unknown key ${quoted(key)}${invisible === undefined ? "" : `; it contains the invisible character ${invisible}`}`,
    hint,
    ...(fix !== undefined && !isTwice && { fix }),
  });
}

/** A path relative to its sensor or to `defaults`. */
function inSensor(path: Path): Path {
  return path[0] === "sensors" ? path.slice(2) : path[0] === "defaults" ? path.slice(1) : path;
}

function helpForKey(
  key: string,
  parent: Path,
  grammar: z.core.$ZodType,
): Required<Pick<Complaint, "hint">> & Pick<Complaint, "fix"> {
  const known = keysAt(grammar, parent);
  if (key.endsWith("+")) {
    const lists = known.filter((name) => takesList(schemaAt(grammar, [...parent, name])));
    const list = nearest(key.slice(0, -1), lists);
    if (list !== undefined) return { hint: `did you mean ${quoted(`${list}+`)}?`, fix: `${list}+` };
  }
  const spelledAsOurs = key.replaceAll("-", "_").toLowerCase();
  const suggestion =
    nearest(key, known) ??
    (spelledAsOurs === key ? undefined : nearest(spelledAsOurs, known)) ??
    (parent[0] === "sensors" || parent[0] === "defaults" ? ourKey(inSensor(parent), key) : undefined);
  if (suggestion !== undefined) {
    const fix = known.includes(suggestion) ? { fix: suggestion } : {};
    return { hint: `did you mean ${quoted(suggestion)}?`, ...fix };
  }
  const elsewhere = settingsLike(key, grammar);
  return {
    hint:
      elsewhere.length > 0 ? `did you mean ${elsewhere.join(" or ")}?` : `known keys: ${known.join(", ")}`,
  };
}

/** Settings one level below or above with the same or a similar key, which is often written at the wrong level. */
function settingsLike(key: string, grammar: z.core.$ZodType): readonly string[] {
  const names = namesOf(grammar);
  const found = nearest(key, names.keys());
  return found === undefined ? [] : (names.get(found) ?? []);
}

let known: ReadonlyMap<string, readonly string[]> | undefined;

/** The paths of the settings with a name, `defaults.os` for `os`, down to the keys of groups. */
function namesOf(grammar: z.core.$ZodType): ReadonlyMap<string, readonly string[]> {
  if (known !== undefined) return known;
  const names = new Map<string, string[]>();
  const add = (name: string, path: string) => names.set(name, [...(names.get(name) ?? []), path]);
  for (const key of keysAt(grammar, ["defaults"])) {
    add(key, `defaults.${key}`);
    for (const child of keysAt(grammar, ["defaults", key])) add(child, `${key}.${child}`);
  }
  known = names;
  return names;
}

function explainType(name: string, takes: string, value: unknown): Complaint {
  if (value === null || value === undefined)
    return {
      message: `${name} has no value; it must be ${takes}`,
      hint: "add a value, or remove the key",
    };
  return { message: `${name} must be ${takes}, not ${kindOf(value)}`, ...helpForType(takes, value) };
}

function helpForType(takes: string, value: unknown): Pick<Complaint, "hint" | "fix"> {
  if (typeof value === "string") {
    if (takes === "true or false" && /^(yes|no|on|off)$/i.test(value)) {
      const fix = String(/^(yes|on)$/i.test(value));
      return { hint: `write ${fix}`, fix };
    }
    // A comma may separate entries.
    if (takes.startsWith("a list"))
      return {
        hint: "put brackets around it",
        ...(!value.includes(",") && { fix: `[${yamlWord(value)}]` }),
      };
    const isNumber = takes.startsWith("a whole number") && /^\d+$/.test(value);
    return isNumber ? { hint: "remove the quotes", fix: value } : {};
  }
  const takesText = !/^(a list|a map|a whole number|one of|true)/.test(takes);
  if (!takesText || typeof value === "object") return {};
  const fix = /^(true|false|[1-9]\d{0,14})$/.test(String(value)) ? { fix: `"${value}"` } : {};
  return { hint: "put text in quotes", ...fix };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a map";
}
