import * as z from "zod/mini";
import type { Path } from "../diagnostics/diagnostic.ts";
import { type LeafFacts, leafFacts } from "./leaf.ts";

/** The schema at a path of the settings; `undefined` if the grammar has none. */
export function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let schema = unwrapped(root);
  for (const part of path) {
    const child = childOf(schema, part);
    if (child === undefined) return undefined;
    schema = unwrapped(child);
  }
  return schema;
}

/** The facts of the setting at a path. */
export function factsAt(root: z.core.$ZodType, path: Path): LeafFacts | undefined {
  const schema = schemaAt(root, path);
  return schema && leafFacts.get(schema);
}

/** The allowed keys of the map at a path. */
export function keysAt(root: z.core.$ZodType, path: Path): readonly string[] {
  const schema = schemaAt(root, path);
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];
}

/** Each leaf setting below a schema with its path, without the items of lists. */
export function* leavesOf(
  root: z.core.$ZodType,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; schema: z.core.$ZodType }> {
  const schema = unwrapped(root);
  if (!(schema instanceof z.ZodMiniObject)) yield { path, schema };
  else for (const [key, child] of Object.entries(schema.shape)) yield* leavesOf(child, [...path, key]);
}

function childOf(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  if (typeof part === "number") return schema instanceof z.ZodMiniArray ? schema.def.element : undefined;
  return schema instanceof z.ZodMiniObject && Object.hasOwn(schema.shape, part)
    ? schema.shape[part]
    : undefined;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodMiniOptional ? unwrapped(schema.def.innerType) : schema;
}
