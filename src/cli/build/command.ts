import type { Register } from "../shared/context.ts";
import { formatOption, seedOnlyOption, sensorOption } from "../shared/options.ts";
import type { BuildOptions } from "./options.ts";

export const registerBuild: Register = (program, context) => {
  program
    .command("build")
    .description("compile every sensor into a folder of files")
    .argument("<file>", "the settings file")
    .option("-o, --output <folder>", "where the files go, a folder for each sensor", "out")
    .addOption(seedOnlyOption())
    .option("--check", "write nothing; exit 1 when what is on disk is not what would be written", false)
    .option("--force", "replace the folder even if sensorbake did not make it", false)
    .option("--strict", "a warning counts as an error", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string, options: BuildOptions) => {
      const { build } = await import("./run.ts");
      process.exitCode = await build(file, options, context);
    });
};
