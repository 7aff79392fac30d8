import type { Register } from "./context.ts";

export const registerUserData: Register = (program, context) => {
  program
    .command("user-data")
    .description("print one sensor's user-data, in the form its target takes")
    .argument("<file>", "the settings file")
    .requiredOption("--sensor <name>", "which sensor")
    .action(async (file: string, options: { readonly sensor: string }) => {
      const { printUserData } = await import("./run-user-data.ts");
      process.exitCode = await printUserData(file, options.sensor, context);
    });
};
