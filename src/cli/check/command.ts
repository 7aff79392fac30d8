import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { CheckOptions } from "./options.ts";

export const registerCheck: Register = (program, context) => {
  program
    .command("check")
    .description("report every problem in a settings file; writes nothing")
    .argument("<file>", "the settings file, or - for standard input")
    .option("--secrets", "also check that each secret exists", false)
    .option("--filters", "also compile each capture filter with this machine's tcpdump", false)
    .option("--strict", "treat warnings as errors", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("check sensors.yaml", "check sensors.yaml --sensor fra-vps --format json"))
    .action(async (file: string, options: CheckOptions) => {
      const { check } = await import("./run.ts");
      process.exitCode = await check(file, options, context);
    });
};
