import { type Code, codes } from "./codes.ts";

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

/** What is wrong and what would be right, before it has a code and a place. */
export type Complaint = { readonly message: string; readonly hint?: string };

/** Where a problem is shown: its path in the settings and, when it is written somewhere, the range of its text. */
export type Place = { readonly path: Path; readonly range?: Range | undefined };

/** A complaint with its code and place; the severity is the code's. */
export function diagnose(code: Code, place: Place, complaint: Complaint): Diagnostic {
  return {
    code,
    severity: codes[code].severity,
    path: place.path,
    ...(place.range && { range: place.range }),
    message: complaint.message,
    ...(complaint.hint !== undefined && { hint: complaint.hint }),
  };
}
