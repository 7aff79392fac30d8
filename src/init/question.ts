import type { Complaint } from "../diagnostics/diagnostic.ts";
import type { Answers } from "./answers.ts";

/** One question. */
export type Question = {
  /** The option of the command line that answers it: `timezone` is `--timezone`. */
  readonly option: string;
  /** The sensor that it is about, by position. */
  readonly sensor?: number;
  /** Whether the question applies after the previous answers. */
  readonly isAsked: (answers: Answers) => boolean;
  /** Background for the answer, and where to find it; without a newline at the end. */
  readonly about?: (answers: Answers) => string;
  readonly prompt: string;
  /** The possible answers, if there are only a few. */
  readonly choices?: (answers: Answers) => readonly string[];
  /** The answer that is among the answers already; `undefined`: none. */
  readonly answer: (answers: Answers) => string | undefined;
  /** What `init` suggests instead; `undefined`: nothing. */
  readonly suggestion?: (answers: Answers) => string | undefined;
  /** A word that makes sensorbake find the answer, which the user then confirms. */
  readonly offer?: "ask" | "fetch";
  /** What the word of `offer` does. */
  readonly offered?: (answers: Answers) => string;
  readonly take: (text: string, answers: Answers) => Taken;
};

/** The answers with a new one, or why it is invalid. */
export type Taken =
  | { readonly kind: "taken"; readonly answers: Answers }
  | { readonly kind: "refused"; readonly complaint: Complaint };

export function taken(answers: Answers): Taken {
  return { kind: "taken", answers };
}

export function refused(message: string): Taken {
  return { kind: "refused", complaint: { message } };
}

export function always(): boolean {
  return true;
}

/** The answer that means none. */
export const none = "-";

export function yesAndNo(): readonly string[] {
  return ["yes", "no"];
}

/** Calls `take` with a yes or a no. */
export function yesOrNo(text: string, take: (isYes: boolean) => Taken): Taken {
  if (/^y(es)?$/i.test(text)) return take(true);
  return /^no?$/i.test(text) ? take(false) : refused("answer yes or no");
}

export function numberOr(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

type Server = { readonly host: string; readonly port: number | string };

/** HOST or HOST:PORT; an IPv6 address with a port is in brackets. */
export function hostAndPort(text: string, usualPort: number): Server {
  const [, host = text, port = usualPort] =
    /^\[([^[\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: Number(port) };
}

/** A server as `hostAndPort` reads it. */
export function serverText({ host, port }: Server, usualPort: number): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === usualPort ? name : `${name}:${port}`;
}

/** Words with blanks or commas between them. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
