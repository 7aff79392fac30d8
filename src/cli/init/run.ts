import { existsSync } from "node:fs";
import { type Answers, defaultAnswers, heartbeatVariable, passphraseVariable } from "../../init/answers.ts";
import { none } from "../../init/question.ts";
import { settingsText } from "../../init/settings-text.ts";
import { judge } from "../../load/judge-answers.ts";
import { readKeys } from "../../load/read-key-files.ts";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import { nameRangeOf, namesIn } from "../../settings/name-range.ts";
import { variableWithName } from "../../settings/sensor-names.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { processWorld } from "../shared/process-world.ts";
import type { Streams } from "../shared/streams.ts";
import { openTerminal } from "../shared/terminal.ts";
import { askForKeys } from "./ask-for-keys.ts";
import { answerWithoutAsking, askQuestions } from "./ask-questions.ts";
import type { InitOptions } from "./options.ts";
import { type KeyFile, ownKeys } from "./own-keys.ts";
import { prose } from "./prose.ts";
import { alreadyExists, writeAll } from "./write-all.ts";

/** Asks the questions, or accepts the defaults, and writes the file; returns the exit code. */
export async function init(file: string, options: InitOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  const { sshKey, yes } = options;
  // Before the questions, so that no answer is lost.
  if (existsSync(file)) throw alreadyExists(file);
  const world = processWorld();
  const found = sshKey === undefined ? await ownKeys(world) : [await keysOf(sshKey, world)];
  const answers = yes ? await withoutAsking(found, options) : await ask(found, options, world, context);
  const problems = await judge(answers);
  if (problems.length > 0) throw new Error(`the settings of init have errors: ${JSON.stringify(problems)}`);
  const generated = await writeAll(file, settingsText(answers), keyFileOf(answers), world, signal);
  streams.result(`${file}\n`);
  tell(file, answers, generated, missingCertificateOf(answers, file, world), streams);
  return exitCodes.fine;
}

async function withoutAsking(found: readonly KeyFile[], options: InitOptions): Promise<Answers> {
  if (found.length > 0)
    return answerWithoutAsking(defaultAnswers(found.flatMap(({ lines }) => lines)), options);
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
  options: InitOptions,
  world: World,
  context: Context,
): Promise<Answers> {
  const { streams, signal } = context;
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so no question can be answered",
    "sensorbake init --yes accepts the defaults",
  );
  try {
    streams.say(
      prose(
        "Press Enter to accept the grey value, Escape to return to the question before. Ctrl-C stops without writing a file.",
        streams,
      ),
    );
    const keys =
      options.sshKey === undefined
        ? await askForKeys(found, terminal, world, streams)
        : found.flatMap(({ lines }) => lines);
    return await askQuestions(defaultAnswers(keys), options, terminal, context);
  } finally {
    terminal.close();
  }
}

function missingCertificateOf({ siem }: Answers, file: string, { home }: World): string | undefined {
  if (siem?.ca === undefined || siem.ca === "plaintext") return undefined;
  const certificate = fileFromSettings(siem.ca, file, home);
  return existsSync(certificate) ? undefined : certificate;
}

function keyFileOf({ transfer }: Answers): string | undefined {
  return transfer?.privateKey === "sensor" ? undefined : transfer?.privateKey;
}

function tell(
  file: string,
  answers: Answers,
  generated: string | undefined,
  missingCertificate: string | undefined,
  streams: Streams,
): void {
  const say = (text: string) => streams.say(prose(text, streams));
  if (answers.allowFrom === "anywhere")
    say(
      "The admin port is reachable from everywhere (login needs a key). Restrict it: list your networks in allow_from.",
    );
  if (generated !== undefined)
    say(`${generated} is a new private key. The backup server must accept ${generated}.pub.`);
  if (missingCertificate !== undefined)
    say(`Before you build, copy the certificate of the SIEM to ${missingCertificate}.`);
  const variables = new Set(variablesOf(answers));
  if (variables.size > 0) {
    say("Secrets come from the environment. Before you build, set them:");
    for (const variable of variables) say(`  export ${variable}='...'`);
  }
  say(`Next, see what the sensors will do, then build their files:
  sensorbake explain ${file}
  sensorbake build ${file}`);
}

/** The environment variables that the settings name. */
function variablesOf(answers: Answers): readonly string[] {
  const { dshield, maxmindAccount, notify, sensors, tools } = answers;
  return [
    ...(dshield === undefined ? [] : ["DSHIELD_API_KEY"]),
    ...(tools.includes("json_log_country") && maxmindAccount !== undefined ? ["MAXMIND_LICENSE_KEY"] : []),
    ...sensors.flatMap((sensor) => (sensor.wifi === undefined ? [] : passphraseVariable(answers, sensor))),
    ...(notify.heartbeat ? sensors.flatMap(({ name }) => heartbeatVariables(name)) : []),
    ...(notify.webhook === undefined ? [] : ["WEBHOOK_URL"]),
    ...(notify.webhook === "matrix" ? ["WEBHOOK_TOKEN"] : []),
    ...(notify.mail === undefined || notify.mail.user === none ? [] : ["MAIL_PASSWORD"]),
  ];
}

/** A name can be a range: pi-[01-30]. */
function heartbeatVariables(name: string): readonly string[] {
  const range = nameRangeOf(name);
  const names = range === undefined || "message" in range ? [name] : namesIn(range);
  return names.map((one) => variableWithName(heartbeatVariable, one));
}
