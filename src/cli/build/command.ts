import type { Register } from "../shared/context.ts";
import { examples, formatOption, seedOnlyOption, sensorOption } from "../shared/options.ts";
import type { BuildOptions } from "./options.ts";

export const registerBuild: Register = (program, context) => {
  program
    .command("build")
    .description("compile each sensor into a folder of files")
    .argument("<file>", "the settings file, or - for standard input")
    .option("-o, --output <folder>", "output folder; each sensor gets a folder in it", "out")
    .addOption(seedOnlyOption())
    .option(
      "--installer",
      "also write NAME.install.sh, which changes an existing machine without SSH; contains secrets",
      false,
    )
    .option("--check", "write nothing; exit 1 if the files on disk differ from the output", false)
    .option("--force", "replace the folder even if sensorbake did not create it", false)
    .option("--strict", "treat warnings as errors", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("build sensors.yaml --output out"))
    .action(async (file: string, options: BuildOptions) => {
      const { build } = await import("./run.ts");
      process.exitCode = await build(file, options, context);
    });
};
