import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { CheckOptions } from "./options.ts";

export const registerCheck: Register = (program, context) => {
  program
    .command("check")
    .description("report every problem of a settings file; writes nothing")
    .argument("<file>", "the settings file")
    .option("--secrets", "also look whether each secret is there", false)
    .option("--filters", "also compile each capture filter with this machine's tcpdump", false)
    .option("--strict", "a warning counts as an error", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string, options: CheckOptions) => {
      const { check } = await import("./run.ts");
      process.exitCode = await check(file, options, context);
    });
};
