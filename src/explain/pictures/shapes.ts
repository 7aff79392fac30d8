import { displayWidth } from "../../diagnostics/display-width.ts";
import { html, type Markup } from "../markup.ts";

/** The width of every picture, in its own units: a phone shows about one pixel for each. */
export const pictureWidth = 360;

/** The height of a line of text. */
export const lineHeight = 14;

// An upper limit for the letters of common sans-serif fonts in this size.
const letterWidth = 6.8;

/** A picture that stands for the table with the id `table`, which has the same data in words. */
export function picture(
  { title, table, height }: { readonly title: string; readonly table: string; readonly height: number },
  ...shapes: readonly (Markup | readonly Markup[])[]
): Markup {
  return html`<svg viewBox="0 0 ${pictureWidth} ${rounded(height)}" role="img" aria-label="${title}" aria-details="${table}">
${shapes.flat()}</svg>
`;
}

/** A figure: pictures, and a caption that explains their signs. */
export function figure(content: Markup, caption: readonly (Markup | string)[]): Markup {
  const words = caption.map((part) => (typeof part === "string" ? html`${part}` : part));
  return html`<figure>${content}<figcaption>${words}</figcaption></figure>`;
}

/** A line of text; `x` is its beginning, or as `anchor` says. */
export function label(
  x: number,
  y: number,
  words: string,
  {
    anchor = "start",
    look = "",
  }: { readonly anchor?: "start" | "middle" | "end"; readonly look?: string } = {},
): Markup {
  return html`<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}" class="${look}">${words}</text>
`;
}

/** A rectangle. */
export function box(x: number, y: number, width: number, height: number, look: string): Markup {
  return html`<rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" class="${look}"/>
`;
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, look: string): Markup {
  return html`<line x1="${rounded(x1)}" y1="${rounded(y1)}" x2="${rounded(x2)}" y2="${rounded(y2)}" class="${look}"/>
`;
}

/** A path of straight lines through points. */
export function polygon(points: readonly (readonly [x: number, y: number])[], look: string): Markup {
  const written = points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(" ");
  return html`<polygon points="${written}" class="${look}"/>
`;
}

/** The width that a text takes at most. */
export function widthOf(words: string): number {
  return displayWidth(words) * letterWidth;
}

/** Breaks a text into lines of a width; also breaks words that are wider. */
export function wrapped(words: string, width: number): readonly string[] {
  const letters = Math.floor(width / letterWidth);
  const lines: string[] = [];
  let current = "";
  for (const word of words.split(" ")) {
    const joined = current === "" ? word : `${current} ${word}`;
    if (displayWidth(joined) <= letters) {
      current = joined;
      continue;
    }
    if (current !== "") lines.push(current);
    current = "";
    for (const letter of word)
      if (displayWidth(current + letter) > letters) {
        lines.push(current);
        current = letter;
      } else current += letter;
  }
  return current === "" ? lines : [...lines, current];
}

/** A tenth of a unit is enough. */
export function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
