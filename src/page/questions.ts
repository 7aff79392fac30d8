import { byId, element } from "./dom.ts";
import type { Interview, Questions, TextChange, Typed } from "./protocol.ts";
import { questionForm } from "./question-form.ts";

/** The text that the form and the editor share, and how to ask the worker. */
type Shared = {
  readonly text: () => string;
  readonly change: (change: TextChange) => void;
  readonly ask: (interview: Pick<Interview, "text" | "entry" | "typed">) => void;
};

/** The form: `refresh` after a change of the text, `show` for a reply of the worker, `fail` if it failed instead. */
export type QuestionForm = {
  readonly refresh: () => void;
  readonly show: (reply: Questions) => void;
  readonly fail: () => void;
};

/** Connects the form of questions. An answer changes the text when the user leaves its field. */
export function startQuestions({ text, change, ask }: Shared): QuestionForm {
  const place = byId("questions", HTMLDetailsElement);
  const choice = byId("entry", HTMLSelectElement);
  // Answers that are not in the text yet: complete ones, and the one that is being typed.
  const done: Pick<Interview, "entry" | "typed">[] = [];
  let open: Typed | undefined;
  let asked: Pick<Interview, "text" | "entry" | "typed"> | undefined;
  // A reply may be about the entry that was chosen before.
  let chosen = 0;
  let isOutdated = false;
  // One request at a time, so that no answer is lost.
  const refresh = () => {
    if (!place.open) return;
    isOutdated = asked !== undefined;
    if (isOutdated) return;
    asked = { text: text(), ...(done[0] ?? { entry: chosen, typed: open }) };
    ask(asked);
  };
  const lists = {
    sensor: byId("sensor-questions", HTMLElement),
    shared: byId("shared-questions", HTMLElement),
  };
  const showFields = questionForm(
    ({ isOfSensor }) => (isOfSensor ? lists.sensor : lists.shared),
    (typed) => {
      open = typed.isDone ? undefined : typed;
      if (typed.isDone) done.push({ entry: chosen, typed });
      refresh();
    },
  );
  place.addEventListener("toggle", refresh);
  choice.addEventListener("change", () => {
    chosen = Number(choice.value);
    refresh();
  });
  return {
    refresh,
    show: (reply) => {
      const { note, entries, entry, fields, edit } = reply;
      const answered = asked;
      asked = undefined;
      const isCurrent = answered?.text === text();
      if (isCurrent && done.length > 0 && answered.typed === done[0]?.typed) {
        done.shift();
        if (edit !== undefined) change(edit);
      }
      byId("form-note", HTMLElement).textContent = note ?? "";
      choice.replaceChildren(
        ...entries.map((name, index) => element("option", { value: String(index) }, name)),
      );
      if (answered?.entry === chosen) chosen = entry;
      choice.value = String(chosen);
      byId("entry-choice", HTMLElement).hidden = entries.length < 2;
      showFields(fields, open?.key);
      for (const list of Object.values(lists))
        byId(`${list.id}-title`, HTMLElement).hidden = list.children.length === 0;
      if (isOutdated || !isCurrent || done.length > 0 || entry !== chosen) refresh();
    },
    fail: () => {
      // The same answer would fail again.
      const isDropped = done.length > 0 && asked?.typed === done[0]?.typed;
      if (isDropped) done.shift();
      asked = undefined;
      if (isDropped || isOutdated || done.length > 0) refresh();
    },
  };
}
