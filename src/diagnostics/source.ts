import type { Range } from "./diagnostic.ts";

/** The text of a settings file, and of its file of sensors, with the positions of its lines. */
export type Source = {
  /** The file name that the user gave; diagnostics begin with it. */
  readonly file: string;
  /** Without a byte order mark. */
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
  /** Ranges that may be secrets, sorted and disjoint: a snippet never shows them. */
  readonly masked: readonly Range[];
  /** A second file whose text follows the settings in `text`: the CSV file of `sensors_from`. */
  readonly attached?: { readonly file: string; readonly start: number };
};

/** A position as in editors: its file; line and column count from 1, columns in UTF-16 units. */
export type Position = { readonly file: string; readonly line: number; readonly column: number };

/** A source without masks, since secrets are known only after the text has been parsed. */
export function sourceOf(file: string, text: string): Source {
  const lineStarts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) lineStarts.push(end + 1);
  return { file, text, lineStarts, masked: [] };
}

/** The source with a second file behind it, whose offsets begin at `attached.start`. */
export function attach(
  source: Source,
  file: string,
  text: string,
): Source & Required<Pick<Source, "attached">> {
  const head = source.text === "" || source.text.endsWith("\n") ? source.text : `${source.text}\n`;
  return { ...source, ...sourceOf(source.file, head + text), attached: { file, start: head.length } };
}

/** File, line and column of an offset. */
export function positionAt(source: Source, offset: number): Position {
  const { attached, lineStarts } = source;
  const index = lineIndexAt(source, offset);
  const column = offset - (lineStarts[index] ?? 0) + 1;
  if (attached === undefined || offset < attached.start)
    return { file: source.file, line: index + 1, column };
  return { file: attached.file, line: index - lineIndexAt(source, attached.start) + 1, column };
}

/** The index of an offset's line in `lineStarts`; a binary search, since a file may have ten thousand problems. */
export function lineIndexAt({ lineStarts }: Source, offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
