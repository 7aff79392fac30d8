import mustache from "mustache";

/** A format's way to write a value so that its reader gets the same value back, or refuse it. */
export type Escape = (value: string) => string;

/** What a template may name; a name that is not here is an error, never an empty string. */
export type View = { readonly [name: string]: string | readonly View[] };

/**
 * Renders a line-oriented data file. Every `{{name}}` goes through `write`, `{{{name}}}` and `{{&name}}` are
 * refused, and so is a name the view does not have: Mustache by itself would escape for HTML and print nothing.
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
  if (found === undefined) throw new Error(`a template names "${name}", which no view has`);
  if (kind === "name") return;
  if (typeof found === "string") throw new Error(`a template repeats over "${name}", which is no list`);
  // The nested tokens of a section are its fifth element; @types/mustache types them loosely.
  for (const item of found) for (const inner of token[4] as Token[]) checkToken(inner, [item, ...views]);
}
