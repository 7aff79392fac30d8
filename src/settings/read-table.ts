import { type CsvError, parse } from "csv-parse/sync";
import { type Complaint, type Diagnostic, diagnose, type Range } from "../diagnostics/diagnostic.ts";

/** A cell that is not empty, without the blanks around it. */
export type Cell = { readonly text: string; readonly column: number; readonly range: Range };

/** A row: its position among the rows below the header, from 0, and its cells. */
export type Row = { readonly index: number; readonly cells: readonly Cell[]; readonly range: Range };

/** A CSV file: the cells of its first row, also the empty ones, and the rows below it that are not empty. */
export type Table = { readonly header: readonly Cell[]; readonly rows: readonly Row[] };

/** Maximum number of columns. */
const mostColumns = 1000;

/**
 * Parses CSV with commas, semicolons or tabs, as spreadsheets write it. `start` is the offset of the text in its source.
 * If each row is one line, parses only the header and the lines that `isWanted` accepts.
 */
export function readTable(
  text: string,
  start: number,
  isWanted: ((line: string) => boolean) | undefined,
): { readonly table: Table; readonly diagnostics: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const delimiter = delimiterOf(text);
  const parts = partsOf(text, isWanted);
  const records: Row[] = [];
  for (const { from, to, index } of parts) {
    const { rows, problem } = rowsOf(text.slice(from, to), delimiter, start + from, index);
    for (const row of rows) records.push(row);
    if (problem !== undefined) problems.push(problem);
  }
  const [header, ...rows] = records;
  if (header === undefined || problems.length > 0) return { table: empty, diagnostics: problems };
  const columns = header.cells.length;
  if (columns > mostColumns)
    return {
      table: empty,
      diagnostics: [
        malformed(header.range, {
          message: `the first row has ${columns.toLocaleString("en")} cells; a row can have ${mostColumns}`,
        }),
      ],
    };
  const full: Row[] = [];
  for (const row of rows) {
    const cells = row.cells.filter((cell) => cell.text !== "");
    if (cells.length === 0) continue;
    full.push({ ...row, index: row.index - 1, cells });
    if (row.cells.length !== columns)
      problems.push(
        malformed(row.range, {
          message: `this row has ${row.cells.length.toLocaleString("en")} cells, and the first row ${columns}`,
          hint: "put a value that contains the separator in double quotes; leave a cell empty to inherit the setting",
        }),
      );
  }
  return { table: { header: header.cells, rows: full }, diagnostics: problems };
}

const empty: Table = { header: [], rows: [] };

// The first row has names of settings, which contain no separator.
function delimiterOf(text: string): string {
  return /[,;\t]/.exec(/^[^\n]*/.exec(text)?.[0] ?? "")?.[0] ?? ",";
}

type Part = { readonly from: number; readonly to: number; readonly index: number };

/** The parts of the text to parse: all of it, or the lines of the header and of the wanted rows. */
function partsOf(text: string, isWanted: ((line: string) => boolean) | undefined): readonly Part[] {
  const whole = [{ from: 0, to: text.length, index: 0 }];
  if (isWanted === undefined) return whole;
  const parts: Part[] = [];
  let index = 0;
  for (const { index: from, 0: line } of text.matchAll(/[^\r\n]+/g)) {
    // A quoted value can continue on the next line.
    if ((line.split('"').length - 1) % 2 === 1) return whole;
    if (index === 0 || isWanted(line)) parts.push({ from, to: from + line.length, index });
    index += 1;
  }
  return parts;
}

/** The rows of a text, with their empty cells; the row with index 0 is the header. */
function rowsOf(
  text: string,
  delimiter: string,
  start: number,
  index: number,
): { readonly rows: readonly Row[]; readonly problem?: Diagnostic } {
  const rows: Row[] = [];
  let offset = 0;
  const skipLineEnds = () => {
    while (text[offset] === "\r" || text[offset] === "\n") offset += 1;
  };
  const add = (values: readonly string[]) => {
    skipLineEnds();
    const from = offset;
    const cells = values.map((value, column) => {
      if (column > 0) offset += 1;
      const isQuoted = text[offset] === '"';
      const begin = offset;
      offset += isQuoted ? value.replaceAll('"', '""').length + 2 : value.length;
      const end = offset;
      const trimmed = isQuoted ? value : value.trim();
      const blanks = isQuoted ? 0 : value.length - value.trimStart().length;
      const cellStart = start + begin + (trimmed === "" ? 0 : blanks);
      return {
        text: trimmed,
        column,
        range: { start: cellStart, end: isQuoted ? start + end : cellStart + trimmed.length },
      };
    });
    rows.push({ index: index + rows.length, cells, range: { start: start + from, end: start + offset } });
  };
  try {
    parse(text, {
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (record: readonly string[]) => {
        add(record);
        return null;
      },
    });
    return { rows };
  } catch (error) {
    skipLineEnds();
    const end = text.indexOf("\n", offset);
    const range = { start: start + offset, end: start + (end === -1 ? text.length : end) };
    return { rows, problem: malformed(range, complaintOf(error)) };
  }
}

function complaintOf(error: unknown): Complaint {
  const hint = 'put a value that contains a quote in double quotes, and write "" for each quote inside';
  switch ((error as Partial<CsvError>).code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return { message: "a quote of this row, or of one below it, is not closed", hint };
    case "CSV_INVALID_CLOSING_QUOTE":
      return { message: "text follows a closing quote in this row", hint };
    case "INVALID_OPENING_QUOTE" as string:
      return { message: "a value of this row has a quote in the middle", hint };
    default:
      throw error;
  }
}

function malformed(range: Range, complaint: Complaint): Diagnostic {
  return diagnose("table/malformed", { path: ["sensors_from"], range }, complaint);
}
