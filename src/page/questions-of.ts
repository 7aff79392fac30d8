import type { Complaint } from "../diagnostics/diagnostic.ts";
import { allQuestions } from "../init/all-questions.ts";
import { type Answers, defaultAnswers } from "../init/answers.ts";
import type { Question } from "../init/question.ts";
import { settingsText } from "../init/settings-text.ts";
import { takeAnswer } from "../load/judge-answers.ts";
import { complainOfText } from "../values/characters.ts";
import { complainOfSshPublicKey } from "../values/ssh-public-key.ts";
import type { Answer, Field, Interview } from "./protocol.ts";

/** The questions of `init` after these answers, and the settings that follow from them. */
export async function questionsOf({ id, sshKeys, typed }: Interview): Promise<Answer> {
  const fields: Field[] = [];
  const [unusable] = sshKeys.flatMap((line) => complainOfText(line) ?? complainOfSshPublicKey(line) ?? []);
  const keysComplaint = sshKeys.length === 0 ? "a key is required" : unusable && sentence(unusable);
  // Until then a placeholder, so that no other answer is blamed.
  let answers = defaultAnswers(keysComplaint === undefined ? sshKeys : [placeholderKey]);
  for (let at = 0; ; at++) {
    const question = allQuestions(answers)[at];
    if (question === undefined) break;
    if (!question.isAsked(answers)) continue;
    const { field, after } = await fieldOf(question, answers, typed);
    fields.push(field);
    answers = after;
  }
  const isComplete = keysComplaint === undefined && fields.every(({ complaint }) => complaint === undefined);
  const text = isComplete ? settingsText(answers) : undefined;
  return { kind: "questions", id, fields, keysComplaint, text };
}

const placeholderKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy placeholder";

function sentence({ message, hint }: Complaint): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

async function fieldOf(
  question: Question,
  answers: Answers,
  typed: Interview["typed"],
): Promise<{ readonly field: Field; readonly after: Answers }> {
  const { option, sensor = 0, prompt, offer, unasked } = question;
  const key = `${option}-${sensor}`;
  const preset = question.preset(answers);
  const own = typed.get(key);
  const value = own ?? unasked ?? (preset === offer ? "" : (preset ?? ""));
  const known = { key, prompt, about: question.about?.(answers) ?? "", value };
  if (value === "") return { field: { ...known, complaint: "an answer is required" }, after: answers };
  // The defaults are valid, and each check takes time.
  const taken = own === undefined ? question.take(value, answers) : await takeAnswer(question, own, answers);
  if (taken.kind === "taken") return { field: { ...known, complaint: undefined }, after: taken.answers };
  return { field: { ...known, complaint: sentence(taken.complaint) }, after: answers };
}
