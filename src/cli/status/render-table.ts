import { type Column, columns } from "./columns.ts";
import type { SensorState } from "./read-fleet.ts";
import { findingOf, healthOf } from "./summary.ts";

export type TableOptions = {
  /** Columns of the terminal; `undefined`: no terminal, and lines of any length. */
  readonly width: number | undefined;
  readonly color: boolean;
};

/**
 * The sensors as a table. Each reason follows its sensor: in the last column if the terminal has room for all, otherwise
 * on a line of its own. A column without any value is left out, and on a narrow terminal the least important ones.
 */
export function renderHealth(states: readonly SensorState[], { width, color }: TableOptions): string {
  const shown = fitting(states, width);
  const table = shown.map(({ head, cell }) => [head, ...states.map((state) => cell(state) || "-")]);
  const widths = table.map((cells) => Math.max(...cells.map(({ length }) => length)));
  const used = widths.reduce((sum, one) => sum + one + gap, 0);
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - used;
  const reasons = states.map((state) => findingOf(state)?.message);
  const isBeside = reasons.every((reason) => reason === undefined || reason.length <= room);
  const line = (row: number, health?: string) =>
    table
      .map((cells, column) => {
        const text = (cells[row] ?? "").padEnd(widths[column] ?? 0);
        return color && shown[column]?.head === "HEALTH" && health !== undefined
          ? `\u001b[${colors[health]}m${text}\u001b[0m`
          : text;
      })
      .join("  ");
  const hasReasons = reasons.some((reason) => reason !== undefined);
  const lines = [`${line(0)}${isBeside && hasReasons ? "  REASON" : ""}`];
  states.forEach((state, index) => {
    const reason = reasons[index];
    const row = line(index + 1, healthOf(state));
    if (reason === undefined) lines.push(row);
    else if (isBeside) lines.push(`${row}  ${reason}`);
    else lines.push(row, `  ${reason}`);
  });
  return lines.map((text) => `${text.trimEnd()}\n`).join("");
}

const gap = 2;
const colors: Readonly<Record<string, number>> = { healthy: 32, unhealthy: 31, "no answer": 33 };

function fitting(states: readonly SensorState[], width: number | undefined): readonly Column[] {
  let shown = columns.filter(({ rank, cell }) => rank === 0 || states.some((state) => cell(state) !== ""));
  const widthOf = ({ head, cell }: Column) =>
    Math.max(head.length, ...states.map((state) => cell(state).length));
  while (width !== undefined && shown.reduce((sum, one) => sum + widthOf(one) + gap, -gap) > width) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    if (worst === 0) break;
    const last = shown.findLast(({ rank }) => rank === worst);
    shown = shown.filter((one) => one !== last);
  }
  return shown;
}
