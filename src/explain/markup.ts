import { visible } from "../diagnostics/visible.ts";

/** HTML that is safe to show: created only by `html`, which escapes all other text. */
export type Markup = { readonly markup: string };

type Part = string | number | Markup | readonly Markup[];

/** A tagged template that escapes text for elements and quoted attributes, but not markup and lists of markup. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = texts.map((text, index) => `${index === 0 ? "" : written(parts[index - 1] ?? "")}${text}`);
  return { markup: markup.join("") };
}

function written(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escaped(visible(String(part)));
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
