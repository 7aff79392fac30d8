import type { z } from "zod";
import { type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { quoted } from "../diagnostics/visible.ts";
import { settingsGrammar, type WrittenSettings } from "./grammar.ts";
import { factsAt, keysAt } from "./grammar-walk.ts";
import type { CarriedComplaint } from "./leaf.ts";
import { locate, placeOfKey, placeOfValue } from "./locate.ts";
import type { Tree } from "./read-tree.ts";
import { valueAt } from "./value-at.ts";

/** The written settings with their types, or what is wrong with each part of them, each once where it is written. */
export type Checked =
  | { readonly written: WrittenSettings; readonly diagnostics: readonly [] }
  | { readonly written: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Checks the file against the grammar. No sentence of zod's reaches the user. */
export function checkGrammar(tree: Tree): Checked {
  const grammar = settingsGrammar();
  const result = grammar.safeParse(tree.value);
  if (result.success) return { written: result.data, diagnostics: [] };
  return {
    written: undefined,
    diagnostics: result.error.issues.flatMap((issue) => explain(issue, tree, grammar)),
  };
}

function explain(issue: z.core.$ZodIssue, tree: Tree, grammar: z.ZodType): readonly Diagnostic[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => explainUnknownKey([...path, key], key, path, tree, grammar));
  const name = String(path.findLast((part) => typeof part === "string") ?? "the file");
  const takes = factsAt(grammar, path)?.takes ?? "something else";
  if (path.length > 0 && locate(tree.root, path) === undefined)
    return [
      diagnose("settings/missing-key", placeOfKey(tree.root, path), {
        message: `${name} is missing; it takes ${takes}`,
      }),
    ];

  const place = placeOfValue(tree.root, path);
  const value = valueAt(tree.value, path);
  if (issue.code === "custom") {
    // What our own checks put there, see leaf.ts.
    const { hint, isWrongType } = (issue.params ?? {}) as CarriedComplaint;
    const code =
      path[0] === "version"
        ? "settings/version"
        : isWrongType
          ? "settings/wrong-type"
          : "settings/invalid-value";
    return [diagnose(code, place, { message: issue.message, ...(hint !== undefined && { hint }) })];
  }
  if (issue.code === "invalid_value" && typeof value === "string") {
    const suggestion = nearest(value, issue.values.map(String));
    return [
      diagnose("settings/invalid-value", place, {
        message: `${quoted(value)} is not ${takes}`,
        ...(suggestion !== undefined && { hint: `did you mean ${suggestion}?` }),
      }),
    ];
  }
  return [diagnose("settings/wrong-type", place, explainType(name, takes, value))];
}

function explainUnknownKey(
  path: Path,
  key: string,
  parent: Path,
  tree: Tree,
  grammar: z.ZodType,
): Diagnostic {
  const known = keysAt(grammar, parent);
  const suggestion = nearest(key, known) ?? nearest(key.replaceAll("-", "_").toLowerCase(), known);
  const parents = suggestion === undefined ? parentsOf(key, grammar) : [];
  return diagnose("settings/unknown-key", placeOfKey(tree.root, path), {
    message: `unknown key ${quoted(key)}`,
    hint:
      suggestion !== undefined
        ? `did you mean ${quoted(suggestion)}?`
        : parents.length > 0
          ? `${key} is known under ${parents.join(" and ")}`
          : `known here: ${known.join(", ")}`,
  });
}

/** The groups of one sensor's settings that have a key: a setting is often written one level too high. */
function parentsOf(key: string, grammar: z.ZodType): readonly string[] {
  const groups = keysAt(grammar, ["defaults"]).filter((group) =>
    keysAt(grammar, ["defaults", group]).includes(key),
  );
  return keysAt(grammar, ["defaults"]).includes(key) ? ["defaults", "each entry of sensors"] : groups;
}

function explainType(name: string, takes: string, value: unknown): { message: string; hint?: string } {
  if (value === null || value === undefined)
    return {
      message: `${name} has no value; it takes ${takes}`,
      hint: "give it a value, or leave the key out",
    };
  const hint =
    takes === "true or false" && typeof value === "string" && /^(yes|no|on|off)$/i.test(value)
      ? `write ${/^(yes|on)$/i.test(value)}`
      : typeof value === "number" || typeof value === "boolean"
        ? "to mean text, put it in quotes"
        : typeof value === "string" && takes.startsWith("a list")
          ? "put brackets around it"
          : typeof value === "string" && /^-?\d+$/.test(value) && takes.startsWith("a whole number")
            ? "leave the quotes out"
            : undefined;
  const isNumberForGroup = hint === "to mean text, put it in quotes" && /^(a list|a map|true)/.test(takes);
  return {
    message: `${name} takes ${takes}, not ${kindOf(value)}`,
    ...(hint !== undefined && !isNumberForGroup && { hint }),
  };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a map";
}
