import { displayWidth } from "../diagnostics/display-width.ts";
import { visible } from "../diagnostics/visible.ts";
import { wrap } from "../diagnostics/wrap.ts";
import type { Overview, OverviewRow } from "./overview.ts";
import type { TextOptions } from "./render-text.ts";
import { columns, pad } from "./text-columns.ts";
import { sensorsInWords, totalRows } from "./words.ts";

/** The overview as text. Sensors without a difference share a row, and columns that do not fit are named below. */
export function renderOverview(overview: Overview, { width, color }: TextOptions): string {
  const paint = (code: number) => (text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim] = [paint(1), paint(2)];
  const { shared, totals } = overview;
  const lines = [
    bold(sensorsInWords(overview)),
    "",
    bold("All share"),
    ...columns(
      shared.map(({ about, is }) => [about, is]),
      width,
    ),
    ...differences(overview, width, bold, dim),
    "",
    bold("Totals"),
    ...columns(totalRows(totals), width),
  ];
  return `${lines.join("\n")}\n`;
}

type Paint = (text: string) => string;

function differences(
  { columns: titles, rows, sensors }: Overview,
  width: number,
  bold: Paint,
  dim: Paint,
): readonly string[] {
  if (titles.length === 0)
    return ["", `${bold("Differences")}${dim(": none but the name")}`, `  ${namesInWords(sensors)}`];
  const heads = ["sensors", ...titles];
  const table = [heads, ...grouped(rows).map(({ names, cells }) => [namesInWords(names), ...cells])];
  const widths = heads.map((_, column) =>
    Math.min(widestCell, Math.max(...table.map((row) => displayWidth(visible(row[column] ?? ""))))),
  );
  let used = 2;
  const fitting = widths.filter((each, column) => {
    used += each + 2;
    return column < 2 || used - 2 <= width;
  }).length;
  const omitted = titles.slice(fitting - 1);
  return [
    "",
    bold("Differences"),
    ...table.map((row, index) => {
      const line = row
        .slice(0, fitting)
        .map((cell, column) => cut(visible(cell), widths[column] ?? 0))
        .join("  ")
        .trimEnd();
      return `  ${index === 0 ? dim(line) : line}`;
    }),
    ...(omitted.length === 0
      ? []
      : wrap(
          `also different: ${omitted.join(", ")}; a wider terminal, --sensor and --html show them`,
          width - 2,
        ).map((line) => `  ${dim(line)}`)),
  ];
}

const widestCell = 28;

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return pad(text, width);
  let start = "";
  for (const character of text) {
    if (displayWidth(`${start}${character}...`) > width) break;
    start += character;
  }
  return pad(`${start}...`, width);
}

type Group = { readonly names: string[]; readonly cells: readonly string[] };

function grouped(rows: readonly OverviewRow[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { sensor, cells } of rows) {
    const key = JSON.stringify(cells);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [sensor], cells });
    else group.names.push(sensor);
  }
  return [...groups.values()];
}

function namesInWords(names: readonly string[]): string {
  const [first = "", ...more] = names;
  if (more.length === 0) return first;
  return `${first} and ${more.length.toLocaleString("en")} more`;
}
