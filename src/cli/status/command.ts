import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { StatusOptions } from "./options.ts";

export const registerStatus: Register = (program, context) => {
  program
    .command("status")
    .description("show EC2 sensors: state, checks, drift from the settings, SSH host keys for pinning")
    .argument("<file>", "the settings file")
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string, options: StatusOptions) => {
      const { status } = await import("./run.ts");
      process.exitCode = await status(file, options, context);
    });
};
