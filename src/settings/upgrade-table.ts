import { parse } from "yaml";
import { type Deprecation, isIn, presentPath, type Scalar } from "./deprecated.ts";
import { type Cell, readTable } from "./read-table.ts";
import { applyEdits, type Edit } from "./text-edits.ts";
import { type Change, changeOf, changeOfRef, type Refs, type UpgradedText } from "./upgrade-text.ts";

/**
 * Replaces deprecated columns and former reviewed commits in the text of a CSV file of sensors. A column without a
 * successor gets a name that begins with #, so that it is ignored. The text must be valid.
 */
export function upgradeTable(text: string, table: readonly Deprecation[], refs: Refs): UpgradedText {
  const { header, rows } = readTable(text, 0, undefined).table;
  const edits: Edit[] = [];
  const changes: Change[] = [];
  const replace = ({ range }: Cell, written: string, change: Change) => {
    const isQuoted = text[range.start] === '"';
    edits.push({ ...range, text: isQuoted ? `"${written.replaceAll('"', '""')}"` : written });
    changes.push(change);
  };
  const columns = header.map((cell) => {
    const sign = cell.text.endsWith("+") ? "+" : "";
    const former = cell.text.slice(0, cell.text.length - sign.length);
    const path = presentPath(former, table);
    const deprecation = table.find(({ from }) => isIn(former, from));
    if (path !== former && deprecation !== undefined)
      replace(cell, path === undefined ? `#${cell.text}` : path + sign, changeOf(deprecation));
    return former;
  });
  for (const cell of rows.flatMap((row) => row.cells)) {
    const setting = columns[cell.column] ?? "";
    for (const deprecation of table) {
      if (deprecation.from !== setting || deprecation.convert === undefined) continue;
      const value = scalarOf(cell.text);
      const converted = deprecation.convert(value);
      if (converted !== value) replace(cell, String(converted), changeOf(deprecation));
    }
    if (setting === "dshield.ref" && columns.includes("dshield.repository")) continue;
    const [newest = "", ...former] = refs[presentPath(setting, table) ?? ""] ?? [];
    if (former.includes(cell.text)) replace(cell, newest, changeOfRef(setting));
  }
  return { text: applyEdits(text, edits), changes, isComplete: true };
}

function scalarOf(text: string): Scalar {
  if (!/^(-?\d{1,15}|true|false)$/i.test(text)) return text;
  return parse(text.toLowerCase()) as Scalar;
}
