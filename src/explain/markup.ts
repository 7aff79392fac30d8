import { visible } from "../diagnostics/visible.ts";

/** HTML that is safe to show: made only by `html`, which escapes whatever is not. */
export type Markup = { readonly markup: string };

type Part = string | number | Markup | readonly Markup[];

/** A tagged template: text in it is escaped for elements and quoted attributes, markup and lists of it are not. */
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
