import type { Range } from "../diagnostics/diagnostic.ts";

/** Replaces a range of a text. */
export type Edit = Range & { readonly text: string };

/** The text with edits that do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let result = "";
  let offset = 0;
  for (const { start, end, text: added } of sorted) {
    result += text.slice(offset, start) + added;
    offset = end;
  }
  return result + text.slice(offset);
}
