import type { Range } from "./diagnostic.ts";
import { displayWidth } from "./display-width.ts";
import { lineIndexAt, positionAt, type Source } from "./source.ts";
import { visible } from "./visible.ts";

/** One line of the source as it is shown, and the position of the caret below it, in columns of a terminal. */
export type Snippet = {
  readonly line: string;
  readonly indent: number;
  readonly width: number;
};

/** Maximum length of each part of the shown line without a terminal, in UTF-16 units. */
const usualReach = 80;

/** No part is cut to less than this, also on a narrow terminal. */
const leastReach = 8;

/**
 * The line where a range begins, without the rest of a range over several lines. Possible secrets are shown as `***`,
 * tabs as spaces, and control characters as escapes. A long line is cut around the place, since a file may consist of
 * one line of a megabyte, and at `columns`, so that a terminal does not wrap it.
 */
export function snippetOf(source: Source, place: Range, columns = Number.POSITIVE_INFINITY): Snippet {
  const reach = { before: usualReach, marked: usualReach, after: usualReach };
  for (;;) {
    const snippet = cut(source, place, reach);
    const over = displayWidth(snippet.line) - columns;
    const part = (["after", "before", "marked"] as const).find((name) => reach[name] > leastReach);
    if (over <= 0 || part === undefined) return snippet;
    reach[part] = Math.max(leastReach, reach[part] - over);
  }
}

/** Maximum length of the text before the place, of the place itself, and of the text after it. */
type Reach = { readonly before: number; readonly marked: number; readonly after: number };

function cut(source: Source, place: Range, reach: Reach): Snippet {
  const { column } = positionAt(source, place.start);
  const lineStart = place.start - column + 1;
  // A place within a secret is shown as the whole secret, because the position could reveal something about it.
  const mask = source.masked[firstEndingAfter(source.masked, place.start)];
  const range =
    mask && mask.start < place.start ? { start: Math.max(lineStart, mask.start), end: mask.end } : place;
  const lineEnd = endOfLine(source, lineStart);
  const rangeEnd = Math.min(Math.max(range.end, range.start + 1), Math.max(lineEnd, range.start));
  const from = Math.max(lineStart, range.start - reach.before);
  const to = Math.min(lineEnd, Math.min(rangeEnd, range.start + reach.marked) + reach.after);

  const before = shown(source, { start: from, end: range.start }, 0);
  const lead = from > lineStart ? "..." : "";
  const indent = displayWidth(lead + before);
  const marked = shown(source, { start: range.start, end: Math.min(rangeEnd, to) }, indent);
  const after = shown(source, { start: Math.min(rangeEnd, to), end: to }, indent + displayWidth(marked));
  return {
    line: `${lead}${before}${marked}${after}${to < lineEnd ? "..." : ""}`.trimEnd(),
    indent,
    width: Math.max(1, displayWidth(marked)),
  };
}

function endOfLine(source: Source, lineStart: number): number {
  const { text, lineStarts } = source;
  const next = lineStarts[lineIndexAt(source, lineStart) + 1];
  if (next === undefined) return text.length;
  return text[next - 2] === "\r" && next - 2 >= lineStart ? next - 2 : next - 1;
}

/** The text of a range with its secrets masked; `column` is its position, which decides the width of a tab. */
function shown({ text, masked }: Source, { start, end }: Range, column: number): string {
  let result = "";
  let offset = start;
  for (let index = firstEndingAfter(masked, start); offset < end; index++) {
    const mask = masked[index];
    const plainEnd = Math.min(mask?.start ?? end, end);
    if (plainEnd > offset)
      result += withoutTabs(visibleButTabs(text.slice(offset, plainEnd)), column + displayWidth(result));
    if (mask === undefined || mask.start >= end) break;
    // A mask that began before this part was shown there.
    if (mask.start >= start || column === 0) result += "***";
    offset = Math.max(mask.end, offset);
  }
  return result;
}

function firstEndingAfter(masked: readonly Range[], offset: number): number {
  let low = 0;
  let high = masked.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((masked[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function visibleButTabs(text: string): string {
  return text.split("\t").map(visible).join("\t");
}

function withoutTabs(text: string, column: number): string {
  let result = "";
  for (const [index, part] of text.split("\t").entries()) {
    if (index > 0) result += " ".repeat(4 - ((column + displayWidth(result)) % 4));
    result += part;
  }
  return result;
}
