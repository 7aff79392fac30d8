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
  const groups = new Map<string, number>();
  const parts: string[] = [];
  const sizes = countAlike(diagnostics);
  for (const diagnostic of diagnostics) {
    const kind = kindOf(diagnostic);
    const size = sizes.get(kind) ?? 1;
    const number = (groups.get(kind) ?? 0) + 1;
    groups.set(kind, number);
    const isShort = size <= mostAlike;
    if (isShort || number <= shownAlike) parts.push(renderOne(diagnostic, source, styles));
    if (!isShort && number === shownAlike) {
      const more = `and ${(size - shownAlike).toLocaleString("en")} more like this`;
      const place = styles.bold(`${visible(source.file)}:`);
      parts.push(
        `${place} ${styles[diagnostic.severity](`${diagnostic.severity}:`)} ${more} ${styles.dim(`[${diagnostic.code}]`)}\n`,
      );
    }
  }
  return parts.join("\n");
}

/** Of more diagnostics of one kind than `mostAlike` only the first `shownAlike` are shown. */
const mostAlike = 10;
const shownAlike = 4;

function countAlike(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const diagnostic of diagnostics) {
    const kind = kindOf(diagnostic);
    sizes.set(kind, (sizes.get(kind) ?? 0) + 1);
  }
  return sizes;
}

// The same mistake of a thousand sensors differs in the place and in the values that the sentence quotes.
function kindOf({ code, path, range }: Diagnostic): string {
  return `${code} ${range === undefined} ${path.filter((part) => typeof part === "string").join(".")}`;
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
