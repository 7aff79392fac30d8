import type { Range } from "./diagnostic.ts";

/** The text of a settings file with the positions of its lines. */
export type Source = {
  /** The file name that the user gave; diagnostics begin with it. */
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
  /** Ranges that may be secrets, sorted and disjoint: a snippet never shows them. */
  readonly masked: readonly Range[];
};

/** A position as in editors: line and column count from 1, columns in UTF-16 units. */
export type Position = { readonly line: number; readonly column: number };

/** A source without masks, since secrets are known only after the text has been parsed. */
export function sourceOf(file: string, text: string): Source {
  const lineStarts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) lineStarts.push(end + 1);
  return { file, text, lineStarts, masked: [] };
}

/** Line and column of an offset; a binary search, since a file may have ten thousand problems. */
export function positionAt(source: Source, offset: number): Position {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}
