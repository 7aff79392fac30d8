import { stripVTControlCharacters } from "node:util";
import { displayWidth } from "../../diagnostics/display-width.ts";
import { widestText, wrapWords } from "../../diagnostics/wrap.ts";

/**
 * Breaks the lines that are wider than a terminal, or whose text is too long to read, between words. The rest continues
 * below the text of a hint, or below the last column of a table, which two spaces separate from the others. A command
 * stays whole, so that it can be copied, and so does a line of a settings file that fits.
 */
export function fitLines(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => fitLine(line, width))
    .join("\n");
}

function fitLine(line: string, width: number): readonly string[] {
  // The sign of a hint may be coloured. A foreign text may contain line breaks that `split` leaves.
  const [, head = "", rest = ""] = /^(\s*[^\s=]*=[^\s=]* help: |.*\S {2,}|\s*)(\S.*)$/s.exec(line) ?? [];
  const isSource = /^ *\d* \|( |$)/.test(stripVTControlCharacters(line));
  const limit = isSource ? width : Math.min(width, columnsOf(head) + widestText);
  if (columnsOf(line) <= limit) return [line];
  const isWhole = /^(chmod|export|sensorbake|ssh|ssh-keygen|sudo|tofu) /.test(rest);
  if (head.trim() === "") return isWhole ? [line] : wordsOf(rest, head, limit, `${head}  `);
  const indent = columnsOf(head);
  if (indent <= width / 2) return isWhole ? [line] : wordsOf(rest, head, limit, " ".repeat(indent));
  return [...fitLine(head.trimEnd(), width), ...(isWhole ? [`  ${rest}`] : wordsOf(rest, "  ", width, "  "))];
}

// One word: a command at the end, a quoted command, a setting in braces.
function wordsOf(text: string, start: string, width: number, indent: string): readonly string[] {
  const [first = "", ...more] =
    text.match(
      /(?<=: )(?:sensorbake|ssh|ssh-keygen|sudo|tofu) .*|(?:`[^`]*`|\{(?:[^{}]|\{[^{}]*\})*\}|\S)+/g,
    ) ?? [];
  const words = [`${start}${first}`, ...more];
  return wrapWords(
    words.map((word) => ({ text: word, columns: columnsOf(word) })),
    width,
    indent,
  );
}

function columnsOf(text: string): number {
  return displayWidth(stripVTControlCharacters(text));
}
