import { byId, element } from "./dom.ts";
import { createEditor, type Editor } from "./editor.ts";
import { allExamples } from "./examples.ts";
import { showFolder } from "./folder-view.ts";
import { keepSettings, keptSettings } from "./kept-settings.ts";
import { showProblems } from "./problem-list.ts";
import type { Answer, Checked, Problem } from "./protocol.ts";
import { type QuestionForm, startQuestions } from "./questions.ts";
import { save } from "./save.ts";
import type { JsonSchema } from "./settings-help.ts";
import { startWorker } from "./start-worker.ts";
import { trusted } from "./trusted.ts";
import { type Answers, wantedForm } from "./wanted-form.ts";

// Connects the parts of the page: the editor asks the worker, and its answers fill the rest.

const given: Answers = { files: new Map(), environment: new Map() };
const sensors = byId("sensor", HTMLSelectElement);
const keep = byId("keep", HTMLInputElement);
const kept = byId("kept", HTMLElement);
const state = byId("folder-state", HTMLElement);
const folder = byId("folder", HTMLElement);
const explanation = byId("explanation", HTMLElement);
const examples = allExamples();
const before = keptSettings();
let schema: JsonSchema | undefined;
let timer: ReturnType<typeof setTimeout>;
// The text that the next answers are about; the editor's may be newer.
let asked = before ?? exampleNamed("minimal")?.text ?? "";
let editor!: Editor;
let form!: QuestionForm;
let askFor!: ReturnType<typeof wantedForm>;

const compiler = startWorker(receive, showFailure);
compiler.catch((error: unknown) => showFailure(String(error)));
send(asked);

// The browser starts a worker only while the page rests, so the rest is made while the worker checks the first text.
function start(): void {
  editor = createEditor(byId("editor", HTMLElement), asked, () => schema, ask);
  askFor = wantedForm(byId("wanted-list", HTMLElement), given, ask);
  form = startQuestions({
    text: editor.text,
    change: editor.change,
    ask: async (interview) => (await compiler).interview({ ...interview, given }),
  });
  keep.checked = before !== undefined;
  showExamples();
}

// Waits for a short pause in typing.
function ask(): void {
  clearTimeout(timer);
  folder.ariaBusy = "true";
  timer = setTimeout(() => {
    send(editor.text());
    form.refresh();
  }, 40);
}

async function send(text: string): Promise<void> {
  asked = text;
  (await compiler).compile({ text, given, sensor: sensors.value || undefined });
}

function receive(answer: Answer): void {
  switch (answer.kind) {
    case "started":
      start();
      break;
    case "schema":
      schema = answer.schema;
      break;
    case "checked":
      showChecked(answer);
      break;
    case "compiled":
      showFolder(folder, state, answer.folder);
      folder.ariaBusy = "false";
      break;
    case "explained":
      explanation.innerHTML = trusted.createHTML(answer.markup);
      break;
    case "questions":
      form.show(answer);
      break;
    case "failed":
      if (answer.request === "interview") form.fail();
      state.textContent = `This is a bug of sensorbake; please report it. ${answer.stack}`;
  }
}

function showFailure(reason: string): void {
  if (editor === undefined) start();
  state.textContent = `The compiler cannot run in this browser. Use a current version of Firefox, Chromium or Safari, or the command \`sensorbake build\`. ${reason}`;
  folder.ariaBusy = "false";
}

function showExamples(): void {
  const choice = byId("example", HTMLSelectElement);
  choice.append(
    ...examples.map(({ name, about }) => element("option", { value: name }, `${name}: ${about}`)),
  );
  choice.value = "minimal";
  choice.addEventListener("change", () => {
    const example = exampleNamed(choice.value);
    if (example === undefined) return;
    for (const [file, content] of example.files) given.files.set(file, content);
    editor.replace(example.text);
  });
}

function exampleNamed(name: string) {
  return examples.find((example) => example.name === name);
}

function showChecked({ problems, sensors: names, sensor, wanted, hasSecret }: Checked): void {
  editor.showProblems(problems);
  showProblems(byId("problems", HTMLElement), byId("summary", HTMLElement), problems, {
    goTo: editor.goTo,
    fix,
  });
  sensors.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  sensors.value = sensor ?? "";
  byId("wanted", HTMLElement).hidden = wanted.length === 0;
  askFor(wanted);
  if (sensor === undefined) {
    state.textContent = "Correct the errors first.";
    folder.replaceChildren();
    folder.ariaBusy = "false";
    explanation.replaceChildren();
  }
  keepText(hasSecret);
}

// The place of a fix is that of the checked text.
function fix({ range, fix: text }: Problem): void {
  if (range !== undefined && text !== undefined && editor.text() === asked) editor.correct(range, text);
}

function keepText(hasSecret: boolean): void {
  if (!keep.checked || hasSecret) keepSettings(undefined);
  else keepSettings(asked);
  kept.textContent = keep.checked && hasSecret ? "Not kept, because the settings may contain a secret." : "";
}

sensors.addEventListener("change", ask);
keep.addEventListener("change", ask);
byId("save", HTMLButtonElement).addEventListener("click", () => save("sensors.yaml", editor.text()));
const open = byId("open", HTMLInputElement);
open.addEventListener("change", async () => {
  const text = await open.files?.[0]?.text();
  open.value = "";
  if (text !== undefined) editor.replace(text);
});
