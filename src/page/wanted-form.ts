import { element } from "./dom.ts";
import type { Wanted } from "./protocol.ts";

/** What the user gave for the files and variables of the settings. Held in memory only. */
export type Answers = { readonly files: Map<string, Uint8Array>; readonly environment: Map<string, string> };

/** Shows a field for each wanted file and variable. Keeps a field that is shown already, and what was typed in it. */
export function wantedForm(list: HTMLElement, answers: Answers, onChange: () => void) {
  const shown = new Map<string, HTMLElement>();
  return (wanted: readonly Wanted[]): void => {
    const keys = wanted.map((each) => `${each.kind} ${each.name}`);
    for (const [key, field] of shown)
      if (!keys.includes(key)) {
        field.remove();
        shown.delete(key);
      }
    for (const [index, each] of wanted.entries()) {
      const key = keys[index] ?? "";
      if (shown.has(key)) continue;
      const field = fieldFor(each, answers, onChange);
      shown.set(key, field);
      list.append(field);
    }
  };
}

function fieldFor(wanted: Wanted, answers: Answers, onChange: () => void): HTMLElement {
  const { name, kind, isSecret, isMultiLine } = wanted;
  const give = (bytes: Uint8Array) => {
    const { files, environment } = answers;
    if (kind === "file") set(files, name, bytes.byteLength === 0 ? undefined : bytes);
    else set(environment, name, new TextDecoder().decode(bytes) || undefined);
    onChange();
  };
  const text = isMultiLine
    ? element("textarea", { spellcheck: false, autocomplete: "off" })
    : element("input", { type: isSecret ? "password" : "text", autocomplete: "off" });
  text.value =
    kind === "file"
      ? new TextDecoder().decode(answers.files.get(name))
      : (answers.environment.get(name) ?? "");
  text.setAttribute("aria-label", `${name}, as text`);
  text.addEventListener("input", () => give(new TextEncoder().encode(text.value)));
  const file = element("input", { type: "file" });
  file.setAttribute("aria-label", `${name}, from a file`);
  file.addEventListener("change", async () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return;
    text.value = "";
    give(new Uint8Array(await chosen.arrayBuffer()));
  });
  const title = kind === "file" ? `File ${name}` : `Variable ${name}`;
  return element(
    "fieldset",
    { className: "wanted" },
    element("legend", {}, isSecret ? `${title} (secret)` : title),
    text,
    ...(kind === "file" ? [element("div", {}, file)] : []),
  );
}

function set<Value>(map: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}
