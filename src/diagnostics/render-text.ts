import type { Diagnostic } from "./diagnostic.ts";
import { pathText } from "./path-text.ts";
import { snippetOf } from "./snippet.ts";
import { positionAt, type Source } from "./source.ts";
import { visible } from "./visible.ts";

type Paint = (text: string) => string;

/**
 * Diagnostics for people. The first line of each is complete by itself and clickable in editors; the snippet,
 * the setting's path and the hint follow, and an empty line stands between two diagnostics.
 */
export function renderText(
  diagnostics: readonly Diagnostic[],
  source: Source,
  options: { readonly color: boolean },
): string {
  const paint = (start: number, end: number): Paint =>
    options.color ? (text) => `\u001b[${start}m${text}\u001b[${end}m` : (text) => text;
  const styles = { error: paint(31, 39), warning: paint(33, 39), bold: paint(1, 22), dim: paint(2, 22) };
  return diagnostics.map((diagnostic) => renderOne(diagnostic, source, styles)).join("\n");
}

function renderOne(
  { code, severity, path, range, message, hint }: Diagnostic,
  source: Source,
  styles: Readonly<Record<"error" | "warning" | "bold" | "dim", Paint>>,
): string {
  const strong = styles[severity];
  const position = range && positionAt(source, range.start);
  const place = position ? `${source.file}:${position.line}:${position.column}` : source.file;
  const lines = [
    `${styles.bold(`${visible(place)}:`)} ${strong(`${severity}:`)} ${visible(message)} ${styles.dim(`[${code}]`)}`,
  ];
  let gutter = "";
  if (range) {
    const { lineNumber, line, indent, width } = snippetOf(source, range);
    gutter = " ".repeat(String(lineNumber).length);
    lines.push(
      styles.dim(`${gutter} |`),
      `${styles.dim(`${lineNumber} |`)} ${line}`.trimEnd(),
      `${styles.dim(`${gutter} |`)} ${" ".repeat(indent)}${strong("^".repeat(width))} ${pathText(path)}`.trimEnd(),
    );
  }
  if (hint !== undefined) lines.push(`${gutter} ${styles.dim("=")} help: ${visible(hint)}`);
  return `${lines.join("\n")}\n`;
}
