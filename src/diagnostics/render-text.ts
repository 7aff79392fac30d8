import type { Diagnostic } from "./diagnostic.ts";
import { displayWidth } from "./display-width.ts";
import { thousands } from "./number-of.ts";
import { pathText } from "./path-text.ts";
import { snippetOf } from "./snippet.ts";
import { positionAt, type Source } from "./source.ts";
import { visible } from "./visible.ts";
import { type Word, widestText, wrapWords } from "./wrap.ts";

type Paint = (text: string) => string;

/**
 * Diagnostics for people. The first line of each is self-contained and clickable in editors; the snippet, the setting's
 * path and the hint follow. An empty line separates two diagnostics. `width` is that of a terminal: messages are wrapped
 * and snippets cut, so that carets stay below their text. Hints are not wrapped, because they can be pasted.
 */
export function renderText(
  diagnostics: readonly Diagnostic[],
  source: Source,
  options: { readonly color: boolean; readonly width?: number },
): string {
  const paint = (start: number, end: number): Paint =>
    options.color ? (text) => `\u001b[${start}m${text}\u001b[${end}m` : (text) => text;
  const styles = { error: paint(31, 39), warning: paint(33, 39), bold: paint(1, 22), dim: paint(2, 22) };
  const parts: string[] = [];
  const andMore = ({ severity, code }: Diagnostic, number: number, words: string) =>
    parts.push(
      `${styles.bold(`${visible(source.file)}:`)} ${styles[severity](`${severity}:`)} and ${thousands(number)} more ${words} ${styles.dim(`[${code}]`)}\n`,
    );
  const kinds = kindsOf(diagnostics);
  const shownOfCode = new Map<string, number>();
  const others = new Map<string, { readonly first: Diagnostic; number: number }>();
  for (const diagnostic of diagnostics) {
    const { code } = diagnostic;
    const kind = kinds.get(kindOf(diagnostic));
    if (kind === undefined) continue;
    kind.seen += 1;
    const shown = shownOfCode.get(code) ?? 0;
    if (kind.seen === 1) kind.isShown = shown < mostOfCode;
    if (!kind.isShown) {
      const other = others.get(code);
      if (other === undefined) others.set(code, { first: diagnostic, number: 1 });
      else other.number += 1;
      continue;
    }
    const isShort = kind.size <= mostAlike;
    if (!isShort && kind.seen > shownAlike) continue;
    shownOfCode.set(code, shown + 1);
    parts.push(renderOne(diagnostic, source, styles, options.width));
    if (!isShort && kind.seen === shownAlike) andMore(diagnostic, kind.size - shownAlike, "like this");
  }
  for (const { first, number } of others.values()) andMore(first, number, "of this kind, at other settings");
  return parts.join("\n");
}

/** Shows only the first `shownAlike` of more than `mostAlike` similar diagnostics. */
const mostAlike = 10;
const shownAlike = 4;

/** No further kind is shown of a code that was shown this often. */
const mostOfCode = 40;

type Kind = { readonly size: number; seen: number; isShown: boolean };

function kindsOf(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const diagnostic of diagnostics) {
    const kind = kindOf(diagnostic);
    kinds.set(kind, { size: (kinds.get(kind)?.size ?? 0) + 1, seen: 0, isShown: false });
  }
  return kinds;
}

// The same mistake in a thousand sensors differs in its place and in the quoted values.
function kindOf({ code, path, range }: Diagnostic): string {
  return `${code} ${range === undefined} ${path.filter((part) => typeof part === "string").join(".")}`;
}

function renderOne(
  { code, severity, path, range, message, hint }: Diagnostic,
  source: Source,
  styles: Readonly<Record<"error" | "warning" | "bold" | "dim", Paint>>,
  width: number | undefined,
): string {
  const strong = styles[severity];
  const position = range && positionAt(source, range.start);
  const place = position ? `${position.file}:${position.line}:${position.column}` : source.file;
  const word = (text: string, paint: Paint = (same) => same): Word => ({
    text: paint(text),
    columns: displayWidth(text),
  });
  const head = [
    word(`${visible(place)}:`, styles.bold),
    word(`${severity}:`, strong),
    ...visible(message)
      .split(" ")
      .map((text) => word(text)),
    word(`[${code}]`, styles.dim),
  ];
  const lines = [
    ...wrapWords(head, width === undefined ? Number.POSITIVE_INFINITY : Math.min(width, widestText), "  "),
  ];
  let gutter = "";
  if (range && position) {
    gutter = " ".repeat(String(position.line).length);
    const columns = width === undefined ? undefined : width - gutter.length - " | ".length;
    const snippet = snippetOf(source, range, columns);
    const { line, indent } = snippet;
    const name = pathText(path);
    const fits = columns === undefined || indent + snippet.width + 1 + displayWidth(name) <= columns;
    lines.push(
      styles.dim(`${gutter} |`),
      `${styles.dim(`${position.line} |`)} ${line}`.trimEnd(),
      `${styles.dim(`${gutter} |`)} ${" ".repeat(indent)}${strong("^".repeat(snippet.width))}${fits ? ` ${name}` : ""}`.trimEnd(),
      ...(fits ? [] : [`${styles.dim(`${gutter} |`)} ${name}`]),
    );
  }
  if (hint !== undefined) lines.push(`${gutter} ${styles.dim("=")} help: ${visible(hint)}`);
  return `${lines.join("\n")}\n`;
}
