import { element } from "./dom.ts";
import type { Field } from "./protocol.ts";

type Row = {
  readonly row: HTMLElement;
  readonly input: HTMLInputElement;
  readonly about: HTMLElement;
  readonly complaint: HTMLElement;
};

/** Shows the questions. Keeps the fields that stay, so that the user can go on typing while others come and go. */
export function questionForm(
  list: HTMLElement,
  typed: Map<string, string>,
  onChange: () => void,
): (fields: readonly Field[]) => void {
  const rows = new Map<string, Row>();
  return (fields) => {
    const keys = new Set(fields.map(({ key }) => key));
    for (const [key, { row }] of rows)
      if (!keys.has(key)) {
        row.remove();
        rows.delete(key);
      }
    for (const [index, field] of fields.entries()) {
      const shown = rows.get(field.key) ?? newRow(field, typed, onChange);
      rows.set(field.key, shown);
      if (list.children[index] !== shown.row) list.insertBefore(shown.row, list.children[index] ?? null);
      if (!typed.has(field.key)) shown.input.value = field.value;
      shown.about.textContent = field.about;
      const isOpen = field.complaint !== undefined && (typed.has(field.key) || field.value === "");
      shown.complaint.textContent = isOpen ? (field.complaint ?? "") : "";
      shown.input.ariaInvalid = String(isOpen);
    }
  };
}

function newRow({ key, prompt }: Field, typed: Map<string, string>, onChange: () => void): Row {
  const id = `question-${key}`;
  const input = element("input", { id, autocomplete: "off", spellcheck: false });
  const about = element("small", { id: `${id}-about` });
  const complaint = element("span", { id: `${id}-complaint`, className: "complaint" });
  input.setAttribute("aria-describedby", `${about.id} ${complaint.id}`);
  input.addEventListener("input", () => {
    if (input.value === "") typed.delete(key);
    else typed.set(key, input.value);
    onChange();
  });
  const label = element("label", { htmlFor: id }, prompt);
  return { row: element("div", {}, label, about, input, complaint), input, about, complaint };
}
