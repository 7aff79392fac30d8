import type { Command } from "commander";
import { exitStatus } from "../shared/exit.ts";
import { helpOf, shownCommands } from "./help-of.ts";

/** docs/commands.md: the help of each command, and the exit codes. */
export function commandsPage(program: Command): string {
  return [
    "# Commands",
    "",
    "This page is generated from the program (`npm test -- docs --update`). `sensorbake COMMAND --help` prints the same. The results of a command go to standard output, its messages to standard error. In place of a settings file, `-` reads it from standard input.",
    "",
    ...shownCommands(program).flatMap((command) => [
      `## ${command.name()}`,
      "",
      "```text",
      helpOf(command, 100),
      "```",
      "",
    ]),
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...exitStatus.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
  ].join("\n");
}
