import { byId } from "./dom.ts";
import type { Interview, Questions } from "./protocol.ts";
import { questionForm } from "./question-form.ts";

/** Connects the form of questions: `ask` sends the answers, `use` receives the settings. Returns how to show a reply. */
export function startQuestions(
  ask: (answers: Pick<Interview, "sshKeys" | "typed">) => void,
  use: (text: string) => void,
): (reply: Questions) => void {
  const place = byId("questions", HTMLDetailsElement);
  const keys = byId("ssh-keys", HTMLTextAreaElement);
  const done = byId("use-answers", HTMLButtonElement);
  const typed = new Map<string, string>();
  let settings: string | undefined;
  const send = () => {
    // Until the worker has checked the newest answers.
    done.disabled = true;
    ask({
      sshKeys: keys.value
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      typed,
    });
  };
  const show = questionForm(byId("question-list", HTMLElement), typed, send);
  place.addEventListener("toggle", send);
  keys.addEventListener("input", send);
  done.addEventListener("click", () => {
    if (settings === undefined) return;
    use(settings);
    place.open = false;
  });
  const complaint = byId("ssh-keys-complaint", HTMLElement);
  return ({ fields, keysComplaint, text }) => {
    complaint.textContent = keys.value === "" ? "" : (keysComplaint ?? "");
    settings = text;
    done.disabled = text === undefined;
    show(fields);
  };
}
