import { type Diagnostic, diagnose, type Range } from "../diagnostics/diagnostic.ts";
import { positionAt, type Source } from "../diagnostics/source.ts";
import { quoted } from "../diagnostics/visible.ts";
import { locate, placeOfKey, placeOfValue } from "./locate.ts";
import type { Tree } from "./read-tree.ts";

/**
 * Refuses an empty list of sensors and duplicate names. Reads the parsed file itself, so that it also works if other
 * parts of the file are invalid.
 */
export function checkNames(tree: Tree, source: Source): readonly Diagnostic[] {
  const sensors: unknown = tree.value && (tree.value as { sensors?: unknown }).sensors;
  if (!Array.isArray(sensors)) return [];
  if (sensors.length === 0)
    return [
      diagnose("settings/no-sensors", placeOfKey(tree.root, ["sensors"]), {
        message: "the list of sensors is empty",
        hint: "sensors: [{name: fra-vps, target: nocloud}]",
      }),
    ];
  const first = new Map<string, number>();
  return sensors.flatMap((sensor: { name?: unknown } | null, index): readonly Diagnostic[] => {
    const name = sensor?.name;
    if (typeof name !== "string") return [];
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, index);
      return [];
    }
    const place = placeOfValue(tree.root, ["sensors", index, "name"]);
    const taken = locate(tree.root, ["sensors", other, "name"])?.value;
    const isRange = place.range && source.text.slice(place.range.start, place.range.end).includes("[");
    return [
      diagnose("settings/duplicate-name", place, {
        message: `another sensor has ${isRange ? `the name ${quoted(name)}` : "this name"}, in ${taken && lineOf(taken, place.range, source)}`,
        hint: "each sensor needs a unique name, used as its host name and its folder",
      }),
    ];
  });
}

/** The line of a range, and its file if the other range is in a different one. */
function lineOf(range: Range, other: Range | undefined, source: Source): string {
  const { file, line } = positionAt(source, range.start);
  return other && positionAt(source, other.start).file !== file ? `line ${line} of ${file}` : `line ${line}`;
}
