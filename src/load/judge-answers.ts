import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Answers } from "../init/answers.ts";
import type { Question, Taken } from "../init/question.ts";
import { settingsText } from "../init/settings-text.ts";
import { loadSettings } from "./load.ts";
import { oneFileWorld } from "./one-file-world.ts";

/** The errors that `check` would find in the settings file of these answers. */
export async function judge(answers: Answers): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await loadSettings(file, oneFileWorld(settingsText(answers)), {
    readSecrets: false,
  });
  return diagnostics.filter(({ severity }) => severity === "error");
}

/** The answers with this one, or why it is invalid: `check` itself validates it. */
export async function takeAnswer(question: Question, text: string, answers: Answers): Promise<Taken> {
  const taken = question.take(text, answers);
  if (taken.kind === "refused") return taken;
  const [complaint] = await judge(taken.answers);
  return complaint === undefined ? taken : { kind: "refused", complaint };
}

const file = "/sensors.yaml";
