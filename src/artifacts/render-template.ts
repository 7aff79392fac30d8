import mustache from "mustache";

/** Writes a value so that the format's reader gets the same value back, or throws. */
export type Escape = (value: string) => string;

/** The values of a template; an unknown name is an error, never an empty string. */
export type View = { readonly [name: string]: string | readonly View[] };

/**
 * Renders a line-oriented data file. Every `{{name}}` goes through `write`. Throws for `{{{name}}}`, `{{&name}}` and
 * unknown names, because Mustache itself would escape for HTML and print nothing.
 */
export function renderTemplate(template: string, view: View, write: Escape): string {
  for (const token of mustache.parse(template)) checkToken(token, [view]);
  return mustache.render(template, view, {}, { escape: (value: unknown) => write(String(value)) });
}

// Mustache's own token: [kind, name, start, end, nested tokens].
type Token = ReturnType<typeof mustache.parse>[number];

function checkToken(token: Token, views: readonly View[]): void {
  const [kind, name] = token;
  if (kind === "text" || kind === "!") return;
  if (kind !== "name" && kind !== "#") throw new Error(`a template may not use "${kind}" (${name})`);
  const found = views.find((view) => Object.hasOwn(view, name))?.[name];
  if (found === undefined) throw new Error(`a template uses the unknown name "${name}"`);
  if (kind === "name") return;
  if (typeof found === "string") throw new Error(`a template repeats over "${name}", which is not a list`);
  // The nested tokens of a section are its fifth element; @types/mustache types them loosely.
  for (const item of found) for (const inner of token[4] as Token[]) checkToken(inner, [item, ...views]);
}
