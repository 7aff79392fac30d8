import { outsideFailure } from "../../diagnostics/outside-failure.ts";
import { visible } from "../../diagnostics/visible.ts";
import { allQuestions } from "../../init/all-questions.ts";
import type { Answers } from "../../init/answers.ts";
import type { Question, Taken } from "../../init/question.ts";
import { takeAnswer } from "../../load/judge-answers.ts";
import type { Context } from "../shared/context.ts";
import { UsageError } from "../shared/exit.ts";
import type { Terminal } from "../shared/terminal.ts";
import { givenAnswer } from "./given-answers.ts";
import { addressOfLogin, offers } from "./offers.ts";
import type { InitOptions } from "./options.ts";
import { prose } from "./prose.ts";

/** Asks each question that applies and that no option answers. Escape returns to the question before. */
export async function askQuestions(
  first: Answers,
  options: InitOptions,
  terminal: Terminal,
  { streams, signal }: Context,
): Promise<Answers> {
  const before: { readonly question: number; readonly answers: Answers }[] = [];
  const typed = new Map<string, string>();
  let answers = first;
  for (let at = 0; ; at++) {
    const question = questionsOf(answers)[at];
    if (question === undefined) return answers;
    if (!question.isAsked(answers)) continue;
    const given = givenAnswer(question, answers, options);
    if (given !== undefined) {
      answers = await accept(question, given, answers);
      continue;
    }
    const { option, sensor, offer, prompt } = question;
    const key = `${option} ${sensor}`;
    const about = [question.about, question.offered].flatMap((text) => text?.(answers) ?? []);
    if (about.length > 0) streams.say(`\n${prose(about.join(" "), streams)}`);
    const preset = typed.get(key) ?? (question.suggestion ?? question.answer)(answers);
    const answer = await terminal.ask({
      message: prompt,
      preset,
      complain: async (text) =>
        text === offer ? undefined : complaintText(await takeAnswer(question, text, answers)),
    });
    if (answer === undefined) {
      const last = before.pop();
      answers = last?.answers ?? answers;
      at = (last?.question ?? at) - 1;
      continue;
    }
    if (answer === offer) {
      const offered = await found(offer, answers, signal);
      streams.say(`\n${prose(offered.say, streams)}`);
      if (offered.answer !== undefined) typed.set(key, offered.answer);
      at--;
      continue;
    }
    typed.set(key, answer);
    before.push({ question: at, answers });
    answers = await accept(question, answer, answers);
  }
}

/** Answers each question that applies by the options, else by its default. Throws `UsageError` for one without. */
export async function answerWithoutAsking(first: Answers, options: InitOptions): Promise<Answers> {
  let answers = first;
  for (let at = 0; ; at++) {
    const question = allQuestions(answers)[at];
    if (question === undefined) return answers;
    if (!question.isAsked(answers)) continue;
    const { offer, option } = question;
    const answer =
      givenAnswer(question, answers, options) ?? question.answer(answers) ?? question.suggestion?.(answers);
    if (answer === undefined || answer === offer)
      throw new UsageError(`--${option} is missing`, `${question.prompt}: add --${option}`);
    answers = await accept(question, answer, answers);
  }
}

function questionsOf(answers: Answers): readonly Question[] {
  return allQuestions(answers, addressOfLogin(process.env.SSH_CONNECTION));
}

async function found(offer: "ask" | "fetch", answers: Answers, signal: AbortSignal) {
  try {
    return await offers[offer](answers, signal);
  } catch (error) {
    const failure = signal.aborted ? undefined : outsideFailure(error);
    if (failure === undefined) throw error;
    return { answer: undefined, say: sentence(failure) };
  }
}

async function accept(question: Question, text: string, answers: Answers): Promise<Answers> {
  const taken = await takeAnswer(question, text, answers);
  if (taken.kind === "taken") return taken.answers;
  throw new UsageError(`--${question.option}: ${visible(taken.complaint.message)}`, taken.complaint.hint);
}

function complaintText(taken: Taken): string | undefined {
  if (taken.kind === "taken") return undefined;
  return sentence(taken.complaint);
}

function sentence({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return visible(hint === undefined ? message : `${message}; ${hint}`);
}
