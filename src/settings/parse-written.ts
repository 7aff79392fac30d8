import type * as z from "zod/mini";
import type { Path } from "../diagnostics/diagnostic.ts";
import { settingsGrammar, type WrittenSensor, type WrittenSettings } from "./grammar.ts";
import { keysAt, schemaAt } from "./grammar-walk.ts";
import { valueAt } from "./value-at.ts";

/** One issue that zod found, with its path from the root of the file. */
export type PlacedIssue = { readonly issue: z.core.$ZodIssue; readonly path: Path };

/**
 * A group key without a value means an empty group: `cowrieprocessor:` enables the tool, and under `backup:` every
 * setting may be commented out. In a sensor's entry it is left unchanged if `defaults` has the group, since it may be
 * meant to remove that.
 */
function withEmptyGroups(value: unknown, schema: z.core.$ZodType, inherited: unknown): unknown {
  const keys = keysAt(schema, []);
  if (keys.length === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  let result = value as Readonly<Record<string, unknown>>;
  for (const [key, item] of Object.entries(value)) {
    const child = schemaAt(schema, [key]);
    if (child === undefined || keysAt(child, []).length === 0) continue;
    const below = valueAt(inherited, [key]);
    const filled = item === null && below === undefined ? {} : withEmptyGroups(item, child, below);
    if (filled !== item) result = { ...result, [key]: filled };
  }
  return result;
}

/**
 * The typed settings; `undefined` if there are issues. Parses entry by entry, because zod passes issues as the
 * arguments of a call, and a file of a megabyte can have more issues than a call allows arguments.
 */
export function parseWritten(value: unknown): {
  readonly written: WrittenSettings | undefined;
  readonly issues: readonly PlacedIssue[];
} {
  const grammar = settingsGrammar();
  const entries: unknown = valueAt(value, ["sensors"]);
  const issues: PlacedIssue[] = [];
  const note = (found: readonly z.core.$ZodIssue[], at: Path) => {
    for (const issue of found) issues.push({ issue, path: [...at, ...issue.path.map(keyOf)] });
  };

  const head = withEmptyGroups(value, grammar, undefined);
  const defaults = valueAt(head, ["defaults"]);
  const element = grammar.shape.sensors.def.element;
  const whole = grammar.safeParse(Array.isArray(entries) ? { ...(head as object), sensors: [] } : head);
  if (!whole.success) note(whole.error.issues, []);
  const sensors: WrittenSensor[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const sensor = element.safeParse(withEmptyGroups(entry, element, defaults));
    if (sensor.success) sensors.push(sensor.data);
    else note(sensor.error.issues, ["sensors", index]);
  }
  return { written: whole.success && issues.length === 0 ? { ...whole.data, sensors } : undefined, issues };
}

function keyOf(part: PropertyKey): string | number {
  return typeof part === "symbol" ? String(part) : part;
}
