import type * as z from "zod/mini";
import type { Path } from "../diagnostics/diagnostic.ts";
import { settingsGrammar, type WrittenSensor, type WrittenSettings } from "./grammar.ts";
import { valueAt } from "./value-at.ts";

/** One thing that zod has against the settings, with its path from the root of the file. */
export type PlacedIssue = { readonly issue: z.core.$ZodIssue; readonly path: Path };

/**
 * The written settings with their types, `undefined` when there are issues. Entry by entry: zod hands issues
 * up as the arguments of a call, and a file of a megabyte has room for more of them than a call takes.
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

  const whole = grammar.safeParse(Array.isArray(entries) ? { ...(value as object), sensors: [] } : value);
  if (!whole.success) note(whole.error.issues, []);
  const sensors: WrittenSensor[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const sensor = grammar.shape.sensors.def.element.safeParse(entry);
    if (sensor.success) sensors.push(sensor.data);
    else note(sensor.error.issues, ["sensors", index]);
  }
  return { written: whole.success && issues.length === 0 ? { ...whole.data, sensors } : undefined, issues };
}

function keyOf(part: PropertyKey): string | number {
  return typeof part === "symbol" ? String(part) : part;
}
