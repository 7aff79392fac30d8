import { visible } from "../diagnostics/visible.ts";

/** HTML that is safe to show: `html` escapes all text in it, and `trusted` takes only our own constants. */
export type Markup = { readonly kind: "markup"; readonly text: string };

type Part = string | number | Markup | readonly Markup[];

/** A tagged template that escapes text for elements and quoted attributes, but not markup and lists of markup. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const written = texts.map((text, index) => `${index === 0 ? "" : write(parts[index - 1] ?? "")}${text}`);
  return trusted(written.join(""));
}

/** Markup that is inserted as it is: a constant of ours, never text from settings. */
export function trusted(text: string): Markup {
  return { kind: "markup", text };
}

function write(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escaped(visible(String(part)));
  return [part]
    .flat()
    .map(({ text }) => text)
    .join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
