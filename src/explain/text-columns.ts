import { displayWidth } from "../diagnostics/display-width.ts";
import { visible } from "../diagnostics/visible.ts";
import { widestText, wrap } from "../diagnostics/wrap.ts";

/**
 * Rows as lines: every column but the last is as wide as its widest cell, up to a limit. The last is wrapped, and moves
 * below the others if it has no room.
 */
export function columns(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const [first = []] = rows;
  const widths = first.slice(0, -1).map((_, column) => {
    const widest = Math.max(...rows.map((row) => displayWidth(visible(row[column] ?? ""))));
    return Math.min(widestFixed, widest);
  });
  const beside = 2 + widths.reduce((sum, each) => sum + each + 2, 0);
  const room = width - beside;
  const isCramped = room < narrowest && rows.some((row) => displayWidth(visible(row.at(-1) ?? "")) > room);
  return rows.flatMap((row) => {
    const cells = row.map(visible);
    const head = widths.map((each, column) => pad(cells[column] ?? "", each)).join("  ");
    const isWide = widths.some((each, column) => displayWidth(cells[column] ?? "") > each);
    const isBelow = widths.length > 0 && (isWide || isCramped);
    const indent = " ".repeat(isBelow ? 6 : beside);
    const [start = "", ...more] = wrap(cells.at(-1) ?? "", Math.min(width - indent.length, widestText));
    const begin = `  ${head}${widths.length > 0 ? "  " : ""}`;
    return [
      ...(isBelow ? [begin.trimEnd(), `${indent}${start}`] : [`${begin}${start}`.trimEnd()]),
      ...more.map((line) => `${indent}${line}`),
    ];
  });
}

const narrowest = 16;
const widestFixed = 32;

/** The text with blanks behind it up to a width. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}
