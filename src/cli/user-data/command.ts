import type { Register } from "../shared/context.ts";
import { examples, formatOption, seedOnlyOption, sensorOption } from "../shared/options.ts";
import type { UserDataOptions } from "./options.ts";

export const registerUserData: Register = (program, context) => {
  program
    .command("user-data")
    .description("print a sensor's user-data in the format of its target")
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .addOption(seedOnlyOption())
    .addOption(formatOption())
    .addHelpText("after", examples("user-data sensors.yaml --sensor fra-vps > user-data"))
    .action(async (file: string, options: UserDataOptions) => {
      const { printUserData } = await import("./run.ts");
      process.exitCode = await printUserData(file, options, context);
    });
};
