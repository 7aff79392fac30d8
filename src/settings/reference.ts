import { defaultOf } from "./default-of.ts";
import { settingsGrammar } from "./grammar.ts";
import { leavesOf, schemaAt } from "./grammar-walk.ts";
import { leafFacts } from "./leaf.ts";

/** One setting in the generated reference (docs/settings.md). */
export type SettingReference = {
  /** Dotted path within `defaults` or an entry of `sensors`, e.g. `capture.rotate.hours`. */
  readonly path: string;
  readonly takes: string;
  readonly description: string;
  /** The default value; absent if the setting is required or has no effect by default. */
  readonly default?: unknown;
  readonly examples: readonly unknown[];
  readonly isSecret: boolean;
};

/** Every setting of a sensor in the order of the grammar: the source of docs/settings.md. */
export function settingsReference(): readonly SettingReference[] {
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  return sensor === undefined
    ? []
    : [...leavesOf(sensor)].map(({ path, schema }) => {
        const facts = leafFacts.get(schema);
        const value = defaultOf(path);
        return {
          path: path.join("."),
          takes: facts?.takes ?? "",
          description: facts?.description ?? "",
          ...(value !== undefined && { default: value }),
          examples: facts?.examples ?? [],
          isSecret: facts?.isSecret === true,
        };
      });
}

/** The groups of settings with their descriptions, by dotted path: the headings of docs/settings.md. */
export function settingsGroups(): readonly { readonly path: string; readonly description: string }[] {
  const groups = new Set(settingsReference().flatMap(({ path }) => parentsOf(path)));
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  return [...groups].map((path) => {
    const schema = sensor && schemaAt(sensor, path.split("."));
    return { path, description: (schema && leafFacts.get(schema)?.description) ?? "" };
  });
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}
