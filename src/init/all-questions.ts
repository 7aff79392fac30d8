import type { Answers } from "./answers.ts";
import type { Question } from "./question.ts";
import { adminQuestions } from "./questions/admin.ts";
import { analysisQuestions } from "./questions/analysis.ts";
import { dshieldQuestions } from "./questions/dshield.ts";
import { notifyQuestions } from "./questions/notify.ts";
import { sensorQuestions } from "./questions/sensors.ts";
import { transferQuestions } from "./questions/transfer.ts";

/**
 * The questions in the order in which they are asked. An answer changes only the questions after it. Add a new group
 * here, its options in `cli/init/command.ts`, and its settings in `answers-in.ts`.
 */
export function allQuestions(answers: Answers, here?: string): readonly Question[] {
  return [...sensorQuestions(answers), ...sharedQuestions(here)];
}

/** The questions about all sensors. */
export function sharedQuestions(here?: string): readonly Question[] {
  return [
    ...dshieldQuestions,
    ...adminQuestions(here),
    ...transferQuestions,
    ...analysisQuestions,
    ...notifyQuestions,
  ];
}
