import type { Answers } from "../../init/answers.ts";
import type { Question } from "../../init/question.ts";
import { none } from "../../init/question.ts";
import { systemsOf } from "../../init/questions/sensors.ts";
import type { InitOptions } from "./options.ts";

/** The answer to a question that the options give; `undefined`: none. */
export function givenAnswer(
  { option, sensor: index }: Question,
  answers: Answers,
  options: InitOptions,
): string | undefined {
  const { sensor: named = [] } = options;
  if (option === "sensor") return named.length === 0 ? undefined : (named[index ?? 0]?.name ?? none);
  if (option === "target") return named[index ?? 0]?.target;
  const value = options[option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
  if (typeof value !== "string") return undefined;
  // An option for one kind of system does not apply to sensors of another kind.
  if (option === "os" && !systemsOf(answers.sensors[index ?? 0]?.target ?? "").includes(value))
    return undefined;
  return value;
}
