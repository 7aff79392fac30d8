import type { Complaint, Diagnostic, Path } from "../diagnostics/diagnostic.ts";
import { positionAt } from "../diagnostics/source.ts";
import { sharedQuestions } from "../init/all-questions.ts";
import { type Answers, defaultAnswers } from "../init/answers.ts";
import { answersIn, entriesIn, isInexpressible, settingsOf } from "../init/answers-in.ts";
import { type Question, taken } from "../init/question.ts";
import { another, questionsAbout } from "../init/questions/sensors.ts";
import { settingsText } from "../init/settings-text.ts";
import { type Written, writeAnswer } from "../init/write-answer.ts";
import { errorsIn } from "../load/judge-answers.ts";
import { readSource } from "../load/read-source.ts";
import { readTree } from "../settings/read-tree.ts";
import { valueAt } from "../settings/value-at.ts";
import { givenWorld, settingsFile } from "./given-world.ts";
import type { Answer, Field, Given, Interview, Questions, Typed } from "./protocol.ts";
import { textChange } from "./text-change.ts";

/** The questions of `init` with the answers in the text, and the change that a typed answer makes. */
export async function formOf({ id, text, given, entry, typed }: Interview): Promise<Answer> {
  const reply = (questions: Partial<Questions>): Answer => ({
    kind: "questions",
    id,
    note: undefined,
    entries: [],
    entry: 0,
    fields: [],
    edit: undefined,
    ...questions,
  });
  const read = await readText(text, entry, given);
  if ("note" in read) return reply(read);
  const outcome = typed && write(read, typed);
  const isWritten = outcome !== undefined && "text" in outcome;
  const isAdded = isWritten && typed?.key === anotherKey && typed.isDone;
  const next = isAdded ? entriesIn(read.settings).length : entry;
  const now = isWritten ? await readText(outcome.text, next, given) : read;
  if ("note" in now) return reply(now);
  const errors = await errorsIn(settingsFile, givenWorld(now.text, given).world);
  const answers = answersIn(now.settings, now.entry);
  const complaint = outcome && "complaint" in outcome ? outcome.complaint : undefined;
  return reply({
    note: noteAbout(now.settings),
    entries: answers.sensors.map(({ name }, index) => name || `entry ${index + 1}`),
    entry: now.entry ?? 0,
    fields: questionsIn(now, answers).map((question) =>
      fieldOf(question, now, answers, errors, typed, complaint),
    ),
    edit: isWritten ? textChange(text, outcome.text) : undefined,
  });
}

/** The text with its settings; an empty text is like the file that `init` writes. */
async function readText(
  text: string,
  entry: number,
  given: Given,
): Promise<Written | { readonly note: string }> {
  const { source, diagnostics } = await readSource(settingsFile, givenWorld(text, given).world);
  const { tree, diagnostics: malformed } = readTree(source);
  const [problem] = [...diagnostics, ...malformed].filter(({ code }) => code !== "source/empty");
  if (problem !== undefined) {
    const { line } = positionAt(source, problem.range?.start ?? 0);
    return { note: `Correct line ${line} in the editor first: ${problem.message}.` };
  }
  if (tree.value === null) {
    const head = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    return readText(head + settingsText(defaultAnswers([])), entry, given);
  }
  if (typeof tree.value !== "object" || Array.isArray(tree.value))
    return { note: "Correct the text in the editor first: settings are a map, like version: 1." };
  const count = entriesIn(tree.value).length;
  return { text, settings: tree.value, entry: count === 0 ? undefined : Math.min(entry, count - 1) };
}

function noteAbout(settings: unknown): string | undefined {
  if (entriesIn(settings).length > 0) return undefined;
  return valueAt(settings, ["sensors_from"]) === undefined
    ? "The text has no sensor. Write sensors: [{name: sensor-1, target: nocloud}], or choose an example."
    : "The sensors are in a table. The questions are about the settings that they share.";
}

const anotherKey = "another";

function questionsIn({ entry }: Written, answers: Answers): readonly (Question & { readonly key: string })[] {
  const own = entry === undefined ? [] : questionsAbout(entry);
  const more = entry === undefined ? [] : [another(answers.sensors.length - 1)];
  return [
    ...own.map((question) => ({ ...question, key: question.option })),
    ...more.map((question) => ({ ...question, key: anotherKey })),
    ...[keysQuestion, ...sharedQuestions()].map((question) => ({ ...question, key: question.option })),
  ].filter(({ isAsked }) => isAsked(answers));
}

// The command line finds the keys in ~/.ssh.
const keysQuestion: Question = {
  option: "ssh-keys",
  isAsked: () => true,
  about: () => "`cat ~/.ssh/*.pub` shows them.",
  prompt: "Your SSH public keys, one in each line",
  answer: ({ sshKeys }) => sshKeys.join("\n"),
  take: (text, answers) =>
    taken({
      ...answers,
      sshKeys: text
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    }),
};

function write(written: Written, { key, value }: Typed): ReturnType<typeof writeAnswer> | undefined {
  const answers = answersIn(written.settings, written.entry);
  const question = questionsIn(written, answers).find((each) => each.key === key);
  if (question === undefined || isFixed(question, written)) return undefined;
  return value.trim() === "" ? { complaint: missing } : writeAnswer(written, question, value.trim());
}

const missing: Complaint = { message: "an answer is required" };

function isFixed(
  { key, option }: Question & { readonly key: string },
  { settings, entry }: Written,
): boolean {
  return key !== anotherKey && isInexpressible(settings, entry, option);
}

function fieldOf(
  question: Question & { readonly key: string },
  written: Written,
  answers: Answers,
  errors: readonly Diagnostic[],
  typed: Typed | undefined,
  refusal: Complaint | undefined,
): Field {
  const { key, option, sensor, prompt } = question;
  const value = question.answer(answers) ?? "";
  const isOpen = typed?.key === key && refusal !== undefined;
  const error = key === anotherKey ? undefined : errorAbout(option, written, errors);
  const complaint = isOpen ? refusal : error;
  const isInText = isFixed(question, written);
  const about = [question.about?.(answers), sensor === undefined && isOfEntry(option, written) && ownValue];
  return {
    key,
    isOfSensor: sensor !== undefined,
    prompt,
    about: [...about, isInText && onlyInEditor].filter(Boolean).join(" "),
    value: isOpen ? typed.value : value,
    choices: question.choices?.(answers) ?? [],
    isMultiLine: key === keysQuestion.option,
    isFixed: isInText,
    complaint: complaint && sentence(complaint),
  };
}

const ownValue = "This sensor has its own value.";
const onlyInEditor = "The text has a form of this setting that no answer expresses; change it in the editor.";

function sentence({ message, hint }: Complaint): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function pathsOf(option: string): readonly Path[] {
  return Object.keys(settingsOf[option] ?? {}).map((setting) => setting.split("."));
}

function errorAbout(
  option: string,
  { entry }: Written,
  errors: readonly Diagnostic[],
): Diagnostic | undefined {
  const places = pathsOf(option).flatMap((path) => [
    ["defaults", ...path],
    ["sensors", entry ?? 0, ...path],
  ]);
  return errors.find(({ path }) =>
    places.some((place) => place.every((part, index) => part === path[index])),
  );
}

function isOfEntry(option: string, { settings, entry }: Written): boolean {
  const entries = entriesIn(settings);
  return (
    entries.length > 1 && pathsOf(option).some((path) => valueAt(entries[entry ?? 0], path) !== undefined)
  );
}
