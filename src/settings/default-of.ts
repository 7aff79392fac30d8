import type { Path } from "../diagnostics/diagnostic.ts";
import { builtIn } from "./defaults.ts";
import { valueAt } from "./value-at.ts";

/** The default of a setting; `undefined` also for an empty list. */
export function defaultOf(setting: Path): unknown {
  const value = valueAt(builtIn, setting);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
