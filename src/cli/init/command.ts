import type { Register } from "../shared/context.ts";
import { examples } from "../shared/options.ts";
import type { InitOptions } from "./options.ts";

export const registerInit: Register = (program, context) => {
  program
    .command("init")
    .description("ask a few questions and write a first settings file; never overwrites")
    .argument("[file]", "the settings file to write", "sensors.yaml")
    .option("-y, --yes", "ask nothing; accept the defaults", false)
    .option("--ssh-key <file>", "public key that may log in, instead of those in ~/.ssh")
    .addHelpText("after", examples("init sensors.yaml"))
    .action(async (file: string, options: InitOptions) => {
      const { init } = await import("./run.ts");
      process.exitCode = await init(file, options, context);
    });
};
