import type { EventEmitter } from "node:events";
import type { Command } from "commander";

/** A command's whole help as on a terminal of this width, without a newline at the end. */
export function helpOf(command: Command, columns: number): string {
  return captured(command, columns, () => command.outputHelp());
}

/** The paragraphs below the options of a command's help, each as one line or as lines that belong together. */
export function notesOf(command: Command): readonly string[] {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  // Commander's types do not declare that a command is an emitter.
  const emitter = command as unknown as EventEmitter;
  captured(command, 10_000, () => void emitter.emit("afterHelp", { error: false, write, command }));
  return text
    .trim()
    .split("\n\n")
    .filter((note) => note !== "");
}

/** The commands that a user types, in the order of the help. */
export function shownCommands(program: Command): readonly Command[] {
  const help = program.createHelp();
  return help.visibleCommands(program).filter((command) => command.name() !== "help");
}

function captured(command: Command, columns: number, print: () => void): string {
  let text = "";
  const before = { ...command.configureOutput() };
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => columns,
  });
  print();
  command.configureOutput(before);
  return text.trimEnd();
}
