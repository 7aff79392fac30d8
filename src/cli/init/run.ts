import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { visible } from "../../diagnostics/visible.ts";
import { type Answers, defaultAnswers } from "../../init/answers.ts";
import { type Question, questions, type Taken } from "../../init/questions.ts";
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
  const world = processWorld();
  const found = sshKey === undefined ? await ownKeys(world) : [await keysOf(sshKey, world)];
  const answers = yes ? withoutAsking(found) : await ask(found, sshKey === undefined, world, context);
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

async function keysOf(file: string, world: World): Promise<KeyFile> {
  const { lines, problem } = await readKeys(fileFromSettings(file, "./sensors.yaml", world.home), world);
  if (problem === undefined) return { name: file, lines };
  throw new UsageError(
    `the key file ${file} cannot be used: ${problem.message}`,
    problem.hint ?? "use a .pub file",
  );
}

async function ask(
  found: readonly KeyFile[],
  isAskedForKeys: boolean,
  world: World,
  { streams, signal }: Context,
): Promise<Answers> {
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so no question can be answered",
    "sensorbake init --yes accepts the defaults",
  );
  try {
    streams.say(
      "Press Enter to accept the grey value, Escape to return to the question before. Ctrl-C stops without writing a file.",
    );
    const keys = found.flatMap(({ lines }) => lines);
    const first = defaultAnswers(isAskedForKeys ? await askForKeys(found, terminal, world, streams) : keys);
    return await askQuestions(first, terminal, streams);
  } finally {
    terminal.close();
  }
}

async function askQuestions(first: Answers, terminal: Terminal, streams: Streams): Promise<Answers> {
  const before: { readonly question: number; readonly answers: Answers }[] = [];
  const given = new Map<Question, string>();
  let answers = first;
  for (let at = 0; at < questions.length; at++) {
    const question = questions[at];
    if (!question?.isAsked(answers)) continue;
    if (question.about !== undefined) streams.say(`\n${question.about(answers)}`);
    const preset = given.get(question) ?? question.preset(answers);
    const answer = await terminal.ask({
      message: question.prompt,
      preset,
      complain: async (text) => complaintText(await take(question, text, answers)),
    });
    if (answer === undefined) {
      const last = before.pop();
      answers = last?.answers ?? answers;
      at = (last?.question ?? at) - 1;
      continue;
    }
    given.set(question, answer);
    before.push({ question: at, answers });
    const taken = await take(question, answer, answers);
    if (taken.kind === "refused") throw new Error("an answer was refused that had been accepted");
    answers = taken.answers;
  }
  return answers;
}

// `check` itself validates the answer.
async function take(question: Question, text: string, answers: Answers): Promise<Taken> {
  const taken = question.take(text, answers);
  if (taken.kind === "refused") return taken;
  const [complaint] = await judge(taken.answers);
  return complaint === undefined ? taken : { kind: "refused", complaint };
}

function complaintText(taken: Taken): string | undefined {
  if (taken.kind === "taken") return undefined;
  const { message, hint } = taken.complaint;
  return visible(hint === undefined ? message : `${message}; ${hint}`);
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
