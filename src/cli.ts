import { CommanderError } from "commander";
import { exitCodeOf } from "./cli/shared/exit.ts";
import { processStreams } from "./cli/shared/streams.ts";
import { newProgram } from "./program.ts";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
process.once("SIGTERM", () => interrupt.abort());
process.once("SIGHUP", () => interrupt.abort());
const streams = processStreams();
// A reader that stops early (`| head`) is not a failure; a full disk behind `>` is.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : exitCodeOf(error, streams, interrupt.signal));
});

const program = newProgram({ streams, signal: interrupt.signal });

// Commander answers `help UNKNOWN` and `UNKNOWN --help` with the general help. Without `help`, it reports the
// unknown command.
function wordsToParse(words: readonly string[]): readonly string[] {
  const [name] = words[0] === "help" ? words.slice(1) : words;
  const isCommand = ["help", ...program.commands.map((command) => command.name())].includes(name ?? "help");
  return name === undefined || name.startsWith("-") || isCommand ? words : [name];
}

try {
  await program.parseAsync(wordsToParse(process.argv.slice(2)), { from: "user" });
} catch (error) {
  process.exitCode =
    error instanceof CommanderError
      ? error.exitCode === 0
        ? 0
        : 2
      : exitCodeOf(error, streams, interrupt.signal);
}
