import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { visible } from "../../diagnostics/visible.ts";
import { type Answers, defaultAnswers } from "../../init/answers.ts";
import { questions } from "../../init/questions.ts";
import { settingsText } from "../../init/settings-text.ts";
import { readKeys } from "../../load/read-key-files.ts";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { processWorld } from "../shared/process-world.ts";
import type { Streams } from "../shared/streams.ts";
import { openTerminal, type Terminal } from "../shared/terminal.ts";
import { askForKeys } from "./ask-for-keys.ts";
import { judge } from "./judge.ts";
import type { InitOptions } from "./options.ts";
import { type KeyFile, ownKeys } from "./own-keys.ts";

/** Asks the questions, or accepts the defaults, and writes the file; returns the exit code. */
export async function init(file: string, { yes, sshKey }: InitOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  // Before the questions, so that no answer is lost.
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  )
    throw new UsageError(`${file} exists`, otherName);
  const outside = processWorld();
  const found = sshKey === undefined ? await ownKeys(outside) : [await keysOf(sshKey, outside)];
  const answers = yes ? withoutAsking(found) : await ask(found, sshKey === undefined, outside, context);
  const problems = await judge(answers);
  if (problems.length > 0) throw new Error(`the settings of init have errors: ${JSON.stringify(problems)}`);
  await writeNew(file, settingsText(answers), signal);
  tell(file, answers, streams);
  return exitCodes.fine;
}

const otherName = "init never overwrites; use another name, e.g. sensorbake init sensors-2.yaml";

function withoutAsking(found: readonly KeyFile[]): Answers {
  if (found.length > 0) return defaultAnswers(found.flatMap(({ lines }) => lines));
  throw new UsageError(
    "there is no SSH public key in ~/.ssh, and logging in to a sensor needs one",
    "create one with `ssh-keygen -t ed25519`, or use --ssh-key FILE",
  );
}

async function keysOf(file: string, outside: World): Promise<KeyFile> {
  const { lines, problem } = await readKeys(fileFromSettings(file, "./sensors.yaml", outside.home), outside);
  if (problem === undefined) return { name: file, lines };
  throw new UsageError(
    `the key file ${file} cannot be used: ${problem.message}`,
    problem.hint ?? "use a .pub file",
  );
}

async function ask(
  found: readonly KeyFile[],
  isAskedForKeys: boolean,
  outside: World,
  { streams, signal }: Context,
): Promise<Answers> {
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so no question can be answered",
    "sensorbake init --yes accepts the defaults",
  );
  try {
    streams.say("Press Enter to accept the value in brackets. Ctrl-C stops without writing a file.");
    const keys = found.flatMap(({ lines }) => lines);
    let answers = defaultAnswers(isAskedForKeys ? await askForKeys(found, terminal, outside, streams) : keys);
    for (const question of questions) {
      if (!question.isAsked(answers)) continue;
      if (question.about !== undefined) streams.say(`\n${question.about(answers)}`);
      answers = await answered(
        answers,
        question.prompt,
        question.preset(answers),
        question.take,
        terminal,
        streams,
      );
    }
    return answers;
  } finally {
    terminal.close();
  }
}

// Repeats the question until `check` accepts the answer.
async function answered(
  answers: Answers,
  prompt: string,
  preset: string | undefined,
  take: (text: string, answers: Answers) => Answers | Complaint,
  terminal: Terminal,
  streams: Streams,
): Promise<Answers> {
  for (;;) {
    const text = (await terminal.ask(`${prompt}${preset === undefined ? "" : ` [${preset}]`}: `)) || preset;
    if (text === undefined) {
      streams.say("  an answer is required");
      continue;
    }
    const next = take(text, answers);
    const problem = "message" in next ? next : (await judge(next))[0];
    if (problem === undefined && !("message" in next)) return next;
    if (problem !== undefined)
      streams.say(`  ${visible([problem.message, problem.hint ?? ""].filter(Boolean).join("; "))}`);
  }
}

// Writes the file completely or not at all, and never replaces another.
async function writeNew(file: string, text: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx", signal, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new UsageError(`${file} exists`, otherName);
    await rm(file, { force: true });
    throw error;
  }
}

function tell(file: string, { allowFrom, wifi, dshield }: Answers, streams: Streams): void {
  streams.result(`${file}\n`);
  if (allowFrom === "anywhere")
    streams.say(
      "The admin port is reachable from everywhere (login needs a key). Restrict it: list your networks in allow_from.",
    );
  if (dshield !== undefined)
    streams.say("DShield's API key comes from the environment: export DSHIELD_API_KEY='...'");
  if (wifi !== undefined)
    streams.say("The Wi-Fi passphrase comes from the environment: export WIFI_PSK='...'");
  streams.say(`Next: sensorbake explain ${file}   shows what the sensor will do
      sensorbake build ${file}     writes its files`);
}
