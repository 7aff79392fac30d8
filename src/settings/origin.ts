import type { Node } from "yaml";
import type { Path, Place } from "../diagnostics/diagnostic.ts";
import { locate, placeOfKey, placeOfValue } from "./locate.ts";

/** The origin of a sensor's setting: its own entry, `defaults`, or the `built-in` default. */
export type Writer = "sensor" | "defaults" | "built-in";

/** Tells for one sensor where each of its settings comes from. */
export type Origin = {
  readonly writerOf: (path: Path) => Writer;
  /**
   * The place to report for a setting: its value in the entry, else in `defaults`. For a setting that is not in the
   * file, the nearest existing map above it in the entry, else in `defaults`, else the entry.
   */
  readonly placeOf: (path: Path) => Place;
};

/** The origins of one sensor's settings, computed on demand. */
export function originOf(root: Node | null, index: number): Origin {
  const own: Path = ["sensors", index];
  const writerOf = (path: Path): Writer => {
    if (locate(root, [...own, ...path])) return "sensor";
    return locate(root, ["defaults", ...path]) ? "defaults" : "built-in";
  };
  const placeOf = (path: Path): Place => {
    const writer = writerOf(path);
    if (writer === "sensor") return placeOfValue(root, [...own, ...path]);
    if (writer === "defaults") return placeOfValue(root, ["defaults", ...path]);
    for (let length = path.length - 1; length > 0; length--) {
      const above = path.slice(0, length);
      const holder = writerOf(above);
      if (holder !== "built-in")
        return placeOfKey(root, [...(holder === "sensor" ? own : ["defaults"]), ...path]);
    }
    return locate(root, ["defaults"])
      ? placeOfKey(root, ["defaults", ...path])
      : placeOfKey(root, [...own, ...path]);
  };
  return { writerOf, placeOf };
}
