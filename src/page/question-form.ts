import { element } from "./dom.ts";
import type { Field, Typed } from "./protocol.ts";

type Input = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

type Row = {
  readonly row: HTMLElement;
  readonly input: Input;
  readonly about: HTMLElement;
  readonly complaint: HTMLElement;
};

type OnAnswer = (typed: Typed) => void;

/**
 * Shows the questions, each in the list for its kind. Keeps the fields that stay, so that the user can go on typing while
 * others come and go. `openKey`: the field whose answer is not in the text yet, which keeps it.
 */
export function questionForm(
  listFor: (field: Field) => HTMLElement,
  onAnswer: OnAnswer,
): (fields: readonly Field[], openKey: string | undefined) => void {
  const rows = new Map<string, Row>();
  return (fields, openKey) => {
    const keys = new Set(fields.map(({ key }) => key));
    for (const [key, { row }] of rows)
      if (!keys.has(key)) {
        row.remove();
        rows.delete(key);
      }
    const positions = new Map<HTMLElement, number>();
    for (const field of fields) {
      const row = rows.get(field.key) ?? newRow(field, onAnswer);
      rows.set(field.key, row);
      const list = listFor(field);
      const position = positions.get(list) ?? 0;
      positions.set(list, position + 1);
      const before = list.children[position];
      if (before !== row.row) list.insertBefore(row.row, before ?? null);
      show(row, field, field.key !== openKey);
    }
  };
}

function show({ input, about, complaint }: Row, field: Field, isFromText: boolean): void {
  if (input instanceof HTMLSelectElement) {
    const choices = field.choices.includes(field.value) ? field.choices : [field.value, ...field.choices];
    if (choices.join() !== Array.from(input.options, ({ value }) => value).join())
      input.replaceChildren(...choices.map((value) => element("option", { value }, value)));
  }
  if (isFromText && input.value !== field.value) input.value = field.value;
  input.disabled = field.isFixed;
  about.textContent = field.about;
  complaint.textContent = field.complaint ?? "";
  input.ariaInvalid = String(field.complaint !== undefined);
}

function newRow({ key, prompt, choices, isMultiLine }: Field, onAnswer: OnAnswer): Row {
  const id = `question-${key}`;
  const input = isMultiLine
    ? element("textarea", { id, autocomplete: "off", spellcheck: false })
    : choices.length > 0
      ? element("select", { id })
      : element("input", { id, autocomplete: "off", spellcheck: false });
  const about = element("small", { id: `${id}-about` });
  const complaint = element("span", { id: `${id}-complaint`, className: "complaint" });
  input.setAttribute("aria-describedby", `${about.id} ${complaint.id}`);
  input.addEventListener("input", () => onAnswer({ key, value: input.value, isDone: false }));
  input.addEventListener("change", () => onAnswer({ key, value: input.value, isDone: true }));
  const label = element("label", { htmlFor: id }, prompt);
  return { row: element("div", {}, label, about, input, complaint), input, about, complaint };
}
