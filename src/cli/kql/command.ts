import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { KqlOptions } from "./options.ts";

export const registerKql: Register = (program, context) => {
  program
    .command("kql")
    .description("print Kibana queries for the logs that the sensors ship to a DShield-SIEM")
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .option("--source <address>", "add queries for one source address")
    .option("--saved-objects", "print saved queries that Kibana can import (.ndjson)")
    .addOption(formatOption())
    .addHelpText("after", examples("kql sensors.yaml --sensor fra-vps --source 203.0.113.7"))
    .action(async (file: string, options: KqlOptions) => {
      const { printQueries } = await import("./run.ts");
      process.exitCode = await printQueries(file, options, context);
    });
};
