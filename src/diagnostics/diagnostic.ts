import type { Code } from "./codes.ts";

/** Byte-free offsets into the source text, in UTF-16 units: `start` inclusive, `end` exclusive. */
export type Range = { readonly start: number; readonly end: number };

/** Keys and list indices from the root of the settings file, e.g. `["sensors", 0, "admin", "ssh_port"]`. */
export type Path = readonly (string | number)[];

/**
 * One problem found in the settings. The sentence never holds a secret's value.
 * `range` is absent only when the problem has no place in the file (an empty file, a file that is no text).
 */
export type Diagnostic = {
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly path: Path;
  readonly range?: Range;
  readonly message: string;
  readonly hint?: string;
};
