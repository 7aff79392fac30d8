import { Argument } from "commander";
import type { Register } from "../shared/context.ts";
import { examples } from "../shared/options.ts";
import { type Shell, shells } from "./options.ts";

export const registerCompletion: Register = (program, { streams }) => {
  program
    .command("completion")
    .description("print a shell's completion script for commands, options, sensors and files")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText("after", examples("completion bash >> ~/.bash_completion"))
    .action(async (shell: Shell) => {
      const { completionScripts } = await import("./scripts.ts");
      streams.result(completionScripts[shell]);
    });
  program
    .command("complete", { hidden: true })
    .description("print the candidates for the last word, for completion scripts")
    .argument("[words...]", "the words after the name of the program")
    .action(async (words: readonly string[]) => {
      const { complete } = await import("./run.ts");
      await complete(program, words, streams);
    });
};
