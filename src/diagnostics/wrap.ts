import { displayWidth } from "./display-width.ts";

/** Maximum columns of running text, without its indentation: longer lines are hard to read on a wide terminal. */
export const widestText = 100;

/** A word and its columns on a terminal, which differ from its length if it is coloured. */
export type Word = { readonly text: string; readonly columns: number };

/** The lines of a paragraph of at most `width` columns. A longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  return wrapWords(
    text.split(" ").map((word) => ({ text: word, columns: displayWidth(word) })),
    width,
  );
}

/** As `wrap`; all lines except the first one begin with `indent`. */
export function wrapWords(words: readonly Word[], width: number, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { text, columns } of words) {
    if (line === "") {
      line = text;
      used = columns;
    } else if (used + 1 + columns <= width) {
      line += ` ${text}`;
      used += 1 + columns;
    } else {
      lines.push(line);
      line = indent + text;
      used = indent.length + columns;
    }
  }
  return [...lines, line];
}
