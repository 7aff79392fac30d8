import * as z from "zod/mini";
import { leafFacts } from "./leaf.ts";
import { valueAt } from "./value-at.ts";

/** Whether a setting accepts a list, perhaps besides other forms. */
export function takesList(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  return (
    schema instanceof z.ZodMiniArray || formsOf(schema).some((form) => valueAt(form, ["type"]) === "array")
  );
}

/** The forms of a setting that is checked by hand, as JSON Schema. */
export function formsOf(schema: z.core.$ZodType): readonly unknown[] {
  const forms = leafFacts.get(schema)?.schema?.anyOf;
  return Array.isArray(forms) ? forms : [];
}
