import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { ApplyOptions } from "./options.ts";

export const registerApply: Register = (program, context) => {
  program
    .command("apply")
    .description("send programs and secrets over SSH to sensors that wait for them")
    .argument("<file>", "the settings file")
    .addOption(sensorOption())
    .option("--address <address>", "address of the sensor; only for one sensor")
    .option("--wait <seconds>", "how long to wait for a machine to start", "600")
    .addOption(formatOption())
    .action(async (file: string, options: ApplyOptions) => {
      const { apply } = await import("./run.ts");
      process.exitCode = await apply(file, options, context);
    });
};
