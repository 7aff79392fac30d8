import { type Code, codes } from "./codes.ts";

/** Offsets into the source text in UTF-16 units: `start` inclusive, `end` exclusive. */
export type Range = { readonly start: number; readonly end: number };

/** Keys and list indices from the root of the settings file, e.g. `["sensors", 0, "admin", "ssh_port"]`. */
export type Path = readonly (string | number)[];

/**
 * One problem in the settings. The message never contains a secret's value.
 * `range` is absent only if the problem has no place in the file (an empty file, a file that is not text).
 */
export type Diagnostic = {
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly path: Path;
  readonly range?: Range;
  readonly message: string;
  readonly hint?: string;
  /** YAML that corrects the problem in place of the text at `range`, if one correction is obvious; never a secret. */
  readonly fix?: string;
};

/** A message with a hint and a fix, before they have a code and a place. */
export type Complaint = { readonly message: string; readonly hint?: string; readonly fix?: string };

/** The place of a problem: its path in the settings and, if it is in the file, the range of its text. */
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
    ...(complaint.fix !== undefined && { fix: complaint.fix }),
  };
}
