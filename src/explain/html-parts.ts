import { html, type Markup } from "./markup.ts";

export type Cell = string | Markup;

/** A part of a page with a heading. */
export function section(title: string, about: string, content: Markup, kind = ""): Markup {
  return html`<section class="${kind}"><h3>${title}${about === "" ? "" : html` <small>${about}</small>`}</h3>
${content}</section>`;
}

/** A table. On a phone a row is a block, and a third cell needs its label. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[], id = ""): Markup {
  const cellOf = (cell: Cell, index: number) =>
    columns.length > 2
      ? html`<td data-label="${columns[index + 1] ?? ""}">${cell}</td>`
      : html`<td>${cell}</td>`;
  return html`<table${id === "" ? "" : html` id="${id}"`}>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
${rows.map(
  ([head = "", ...cells]) => html`<tr><th scope="row">${head}</th>${cells.map(cellOf)}</tr>
`,
)}</table>`;
}
