import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { ApplyOptions } from "./options.ts";

export const registerApply: Register = (program, context) => {
  program
    .command("apply")
    .description("send waiting sensors their programs and secrets over SSH")
    .argument("<file>", "the settings file")
    .addOption(sensorOption())
    .option("--address <address>", "where the sensor is; only with one sensor")
    .option("--wait <seconds>", "how long to wait for a machine that is starting", "600")
    .addOption(formatOption())
    .action(async (file: string, options: ApplyOptions) => {
      const { apply } = await import("./run.ts");
      process.exitCode = await apply(file, options, context);
    });
};
