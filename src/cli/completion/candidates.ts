import type { Command, Option } from "commander";

/** What the last word of a command line can become: words, and perhaps also the names of files. */
export type Candidates = { readonly words: readonly string[]; readonly files: boolean };

/**
 * The candidates for the last of `words`, the words after the program's name. `sensorsOf` reads the names of the sensors
 * in a settings file.
 */
export async function candidates(
  program: Command,
  words: readonly string[],
  sensorsOf: (file: string) => Promise<readonly string[]>,
): Promise<Candidates> {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const starting = (all: readonly string[], files = false): Candidates => ({
    words: all.filter((word) => word.startsWith(last)),
    files,
  });
  const names = program.commands.map((command) => command.name());
  const command = program.commands.find((one) => one.name() === before[0]);
  if (command === undefined)
    return starting(before[0] === "help" || before.length === 0 ? [...names, "help"] : []);
  const option = command.options.find((one) => isFlag(one, before.at(-1) ?? "") && takesValue(one));
  if (option !== undefined) {
    if (option.argChoices !== undefined) return starting(option.argChoices);
    if (option.long !== "--sensor") return starting([], true);
    return starting(await sensorsOf(settingsFile(command, before)));
  }
  if (last.startsWith("-"))
    return starting([...command.options.map(({ long, short }) => long ?? short ?? ""), "--help"]);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return starting(choices, choices.length === 0 && command.registeredArguments.length > 0);
}

/** The settings file of a command line: the value of `--settings`, else the first word that is no option's value. */
function settingsFile(command: Command, words: readonly string[]): string {
  const given = words[words.indexOf("--settings") + 1];
  if (words.includes("--settings") && given !== undefined) return given;
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) return word;
    if (command.options.some((option) => isFlag(option, word) && takesValue(option))) index++;
  }
  return "sensors.yaml";
}

function isFlag({ long, short }: Option, word: string): boolean {
  return word === long || word === short;
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}
