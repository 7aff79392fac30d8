import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { pathAt } from "./path-at.ts";

/** The used part of the settings' JSON Schema. */
export type JsonSchema = {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string;
};

/** Completes keys, and values of which the schema has a list. */
export function completeSetting(
  context: CompletionContext,
  schema: JsonSchema | undefined,
): CompletionResult | null {
  const text = context.state.doc.toString();
  const { path, isValue, start } = pathAt(text, context.pos);
  const typed = text.slice(start, context.pos);
  if (schema === undefined || (typed === "" && !context.explicit) || !/^[\w+-]*$/.test(typed)) return null;
  const forms = formsAt(schema, path);
  const options = isValue ? forms.flatMap(values) : forms.flatMap(keys);
  return options.length === 0 ? null : { from: start, options, validFor: /^[\w+-]*$/ };
}

/** The description of the key at an offset, with its default and an example. */
export function describeSetting(
  text: string,
  offset: number,
  schema: JsonSchema | undefined,
): { readonly from: number; readonly to: number; readonly text: string } | undefined {
  const word = wordAt(text, offset);
  if (schema === undefined || word === undefined || !/^["']?\s*:/.test(text.slice(word.to))) return undefined;
  const { path, isValue } = pathAt(text, word.to);
  const form = isValue
    ? undefined
    : formsAt(schema, [...path, word.text]).find(({ description }) => description);
  return form && { ...word, text: about(form) };
}

function about({ description = "", default: preset, examples = [] }: JsonSchema): string {
  const lines = [description];
  if (preset !== undefined) lines.push(`Default: ${JSON.stringify(preset)}`);
  if (examples[0] !== undefined) lines.push(`Example: ${JSON.stringify(examples[0])}`);
  return lines.join("\n");
}

function wordAt(text: string, offset: number) {
  const before = /[\w+]*$/.exec(text.slice(Math.max(0, offset - 80), offset))?.[0] ?? "";
  const after = /^[\w+]*/.exec(text.slice(offset, offset + 80))?.[0] ?? "";
  if (before + after === "") return undefined;
  return { from: offset - before.length, to: offset + after.length, text: before + after };
}

// Every form that a value at this path may have; entries of a list are the key "".
function formsAt(schema: JsonSchema, path: readonly string[]): readonly JsonSchema[] {
  return path.reduce<readonly JsonSchema[]>(
    (forms, key) =>
      forms.flatMap(({ properties, items }) => {
        const next = key === "" ? items : properties?.[key];
        return next === undefined ? [] : [next, ...(next.anyOf ?? [])];
      }),
    [schema],
  );
}

function keys({ properties = {} }: JsonSchema): readonly Completion[] {
  return Object.entries(properties).map(([key, form]) => ({
    label: key,
    apply: `${key}: `,
    info: about(form),
  }));
}

function values({ enum: words = [], const: word, type, default: preset }: JsonSchema): readonly Completion[] {
  const all = [...words, ...(word === undefined ? [] : [word]), ...(type === "boolean" ? [true, false] : [])];
  return all.map((value) => ({ label: String(value), detail: value === preset ? "default" : "" }));
}
