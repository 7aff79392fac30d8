import type { Diagnostic } from "./diagnostic.ts";
import { pathText } from "./path-text.ts";
import { positionAt, type Source } from "./source.ts";

/** One diagnostic for programs. Lines and columns count from 1; `path` has the parts, `setting` the dotted form. */
export type JsonDiagnostic = {
  readonly code: string;
  readonly severity: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly end_line?: number;
  readonly end_column?: number;
  readonly path: readonly (string | number)[];
  readonly setting: string;
  readonly message: string;
  readonly hint?: string;
};

/** Diagnostics as the JSON array that `--format json` prints, with a newline at the end. */
export function renderJson(diagnostics: readonly Diagnostic[], source: Source): string {
  return `${JSON.stringify(
    diagnostics.map((diagnostic) => jsonDiagnostic(diagnostic, source)),
    null,
    2,
  )}\n`;
}

/** Converts one diagnostic for programs, with keys in snake_case, as in the settings. */
export function jsonDiagnostic(
  { code, severity, path, range, message, hint }: Diagnostic,
  source: Source,
): JsonDiagnostic {
  const start = range && positionAt(source, range.start);
  const end = range && positionAt(source, range.end);
  return {
    code,
    severity,
    file: start?.file ?? source.file,
    ...(start &&
      end && { line: start.line, column: start.column, end_line: end.line, end_column: end.column }),
    path,
    setting: pathText(path),
    message,
    ...(hint !== undefined && { hint }),
  };
}
