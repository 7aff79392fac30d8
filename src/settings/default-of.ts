import type { Path } from "../diagnostics/diagnostic.ts";
import { builtIn } from "./defaults.ts";
import { valueAt } from "./value-at.ts";

/** What a setting is when nobody writes it; `undefined` also for an empty list, which says nothing. */
export function defaultOf(setting: Path): unknown {
  const value = valueAt(builtIn, setting);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
