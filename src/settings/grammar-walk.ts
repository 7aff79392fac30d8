import { z } from "zod";
import type { Path } from "../diagnostics/diagnostic.ts";
import { type LeafFacts, leafFacts } from "./leaf.ts";

/** The schema at a path of the settings, `undefined` where the grammar has nothing. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = unwrapped(root);
  for (const part of path) {
    if (schema instanceof z.ZodObject && typeof part === "string" && Object.hasOwn(schema.shape, part))
      schema = unwrapped(schema.shape[part]);
    else if (schema instanceof z.ZodArray && typeof part === "number") schema = unwrapped(schema.element);
    else return undefined;
  }
  return schema;
}

/** What is known of the setting at a path. */
export function factsAt(root: z.core.$ZodType, path: Path): LeafFacts | undefined {
  const schema = schemaAt(root, path);
  return schema && leafFacts.get(schema);
}

/** The keys that the map at a path may have. */
export function keysAt(root: z.core.$ZodType, path: Path): readonly string[] {
  const schema = schemaAt(root, path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Each setting below a schema that is no map of settings, with its path; the items of a list are not entered. */
export function* leavesOf(
  root: z.core.$ZodType,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; schema: z.core.$ZodType }> {
  const schema = unwrapped(root);
  if (!(schema instanceof z.ZodObject)) yield { path, schema };
  else for (const [key, child] of Object.entries(schema.shape)) yield* leavesOf(child, [...path, key]);
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
