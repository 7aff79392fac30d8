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

/** Asks, or takes the defaults, and writes the file; gives the exit code. */
export async function init(file: string, { yes, sshKey }: InitOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  // Before anything is asked, so that no answer is lost.
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

const otherName = "init never overwrites: give it another name, e.g. sensorbake init sensors-2.yaml";

function withoutAsking(found: readonly KeyFile[]): Answers {
  if (found.length > 0) return defaultAnswers(found.flatMap(({ lines }) => lines));
  throw new UsageError(
    "there is no ssh public key in ~/.ssh, and without one nobody can log in to a sensor",
    "make one with `ssh-keygen -t ed25519`, or name one: --ssh-key FILE",
  );
}

async function keysOf(file: string, outside: World): Promise<KeyFile> {
  const { lines, problem } = await readKeys(fileFromSettings(file, "./sensors.yaml", outside.home), outside);
  if (problem === undefined) return { name: file, lines };
  throw new UsageError(
    `the key file ${file} cannot be used: ${problem.message}`,
    problem.hint ?? "name a .pub file",
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
    "nobody is there to answer questions",
    "sensorbake init --yes takes the defaults",
  );
  try {
    streams.say(
      "A few questions; an empty answer takes what stands in brackets, Ctrl-C ends without a file.",
    );
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

// Again and again until `check` has nothing against the answer.
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
      streams.say("  this one needs an answer");
      continue;
    }
    const next = take(text, answers);
    const problem = "message" in next ? next : (await judge(next))[0];
    if (problem === undefined && !("message" in next)) return next;
    if (problem !== undefined)
      streams.say(`  ${visible([problem.message, problem.hint ?? ""].filter(Boolean).join("; "))}`);
  }
}

// It appears whole or not at all, and never in the place of another.
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
      "Everyone may knock at the admin port (only keys open it): name your networks under allow_from.",
    );
  if (dshield !== undefined)
    streams.say("The API key of DShield comes from the environment: export DSHIELD_API_KEY='...'");
  if (wifi !== undefined)
    streams.say("The passphrase of the wireless network comes from the environment: export WIFI_PSK='...'");
  streams.say(`Now: sensorbake explain ${file}   says what the sensor will do
     sensorbake build ${file}     makes its files`);
}
