import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { PreflightOptions } from "./options.ts";

export const registerPreflight: Register = (program, context) => {
  program
    .command("preflight")
    .description("test the backup server, and the servers of notify; sends no message")
    .argument("<file>", "the settings file, or - for standard input")
    .option("--identity <file>", "log in with this private key instead of the sensor's")
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("preflight sensors.yaml --sensor fra-vps"))
    .action(async (file: string, options: PreflightOptions) => {
      const { runPreflight } = await import("./run.ts");
      process.exitCode = await runPreflight(file, options, context);
    });
};
