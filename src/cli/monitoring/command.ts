import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { MonitoringOptions } from "./options.ts";

export const registerMonitoring: Register = (program, context) => {
  program
    .command("monitoring")
    .description("write scrape targets and alert rules for Prometheus, and a Grafana dashboard")
    .argument("<file>", "the settings file, or - for standard input")
    .option("-o, --output <folder>", "output folder", "out/monitoring")
    .option("--check", "write nothing; exit 1 if the files on disk differ from the output", false)
    .option("--force", "replace the folder even if sensorbake did not create it", false)
    .option("--strict", "treat warnings as errors", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("monitoring sensors.yaml --output out/monitoring"))
    .action(async (file: string, options: MonitoringOptions) => {
      const { monitoring } = await import("./run.ts");
      process.exitCode = await monitoring(file, options, context);
    });
};
