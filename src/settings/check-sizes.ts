import { type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { placeOfKey } from "./locate.ts";
import type { Tree } from "./read-tree.ts";

/** Most entries of a list or a map of settings, and of the list of sensors. */
const mostEntries = 1000;
const mostSensors = 20_000;

/**
 * Refuses lists and maps that are longer than any use of them: they would end in a filter or a file that no sensor
 * takes, after as many diagnostics as they have entries.
 */
export function checkSizes({ root, value }: Tree): readonly Diagnostic[] {
  return [...oversized(value, [])].map(({ path, entries, limit }) =>
    diagnose("settings/too-long", placeOfKey(root, path), {
      message: `${entries.toLocaleString("en")} entries are too many here; the limit is ${limit.toLocaleString("en")}`,
      ...(path[0] === "sensors" && path.length === 1 && { hint: "split the sensors over several files" }),
    }),
  );
}

type Oversized = { readonly path: Path; readonly entries: number; readonly limit: number };

function* oversized(value: unknown, path: Path): Generator<Oversized> {
  if (typeof value !== "object" || value === null) return;
  const limit = path.length === 1 && path[0] === "sensors" ? mostSensors : mostEntries;
  const entries = Object.entries(value);
  if (entries.length > limit) yield { path, entries: entries.length, limit };
  else
    for (const [key, item] of entries)
      if (typeof item === "object")
        yield* oversized(item, [...path, Array.isArray(value) ? Number(key) : key]);
}
