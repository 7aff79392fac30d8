import type { Register } from "../shared/context.ts";
import { seedOnlyOption } from "../shared/options.ts";
import type { UserDataOptions } from "./options.ts";

export const registerUserData: Register = (program, context) => {
  program
    .command("user-data")
    .description("print one sensor's user-data, in the form its target takes")
    .argument("<file>", "the settings file")
    .requiredOption("--sensor <name>", "which sensor")
    .addOption(seedOnlyOption())
    .action(async (file: string, options: UserDataOptions) => {
      const { printUserData } = await import("./run.ts");
      process.exitCode = await printUserData(file, options, context);
    });
};
