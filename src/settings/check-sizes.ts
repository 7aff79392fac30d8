import { type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import { mostEntries, mostSensors } from "./limits.ts";
import { placeOfKey } from "./locate.ts";
import type { Tree } from "./read-tree.ts";
import { valueAt } from "./value-at.ts";

/** Maximum number of entries that all sensors together inherit from the lists of `defaults`. */
const mostInherited = 1_000_000;

/**
 * Refuses lists and maps that are too long to be useful. They would produce a filter or a file that no sensor accepts,
 * and possibly as many diagnostics as entries.
 */
export function checkSizes({ root, value }: Tree): readonly Diagnostic[] {
  const found = [...oversized(value, [])];
  if (found.length === 0) return inherited({ root, value });
  return found.map(({ path, entries, limit }) =>
    diagnose("settings/too-long", placeOfKey(root, path), {
      message: `${entries.toLocaleString("en")} entries are too many here; the limit is ${limit.toLocaleString("en")}`,
      ...(path[0] === "sensors" && path.length === 1 && splitSensors),
    }),
  );
}

const splitSensors = { hint: "split the sensors into several files" };

// The lists of `defaults` are checked and compiled again for each sensor.
function inherited({ root, value }: Tree): readonly Diagnostic[] {
  const sensors = valueAt(value, ["sensors"]);
  if (!Array.isArray(sensors)) return [];
  const entries = entriesOfLists(valueAt(value, ["defaults"]));
  if (entries * sensors.length <= mostInherited) return [];
  return [
    diagnose("settings/too-long", placeOfKey(root, ["defaults"]), {
      message: `${sensors.length.toLocaleString("en")} sensors inherit the ${entries.toLocaleString("en")} entries of the lists here; the limit for all of them together is ${mostInherited.toLocaleString("en")}`,
      ...splitSensors,
    }),
  ];
}

function entriesOfLists(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  if (Array.isArray(value)) return value.length;
  return Object.values(value).reduce((sum: number, item) => sum + entriesOfLists(item), 0);
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
