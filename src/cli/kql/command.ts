import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { KqlOptions } from "./options.ts";

export const registerKql: Register = (program, context) => {
  program
    .command("kql")
    .description("print queries for Kibana over what the sensors ship to a DShield-SIEM")
    .argument("<file>", "the settings file")
    .addOption(sensorOption())
    .option("--source <address>", "ask for one source address, too")
    .option("--saved-objects", "print them as saved queries that Kibana imports (.ndjson)")
    .addOption(formatOption())
    .action(async (file: string, options: KqlOptions) => {
      const { printQueries } = await import("./run.ts");
      process.exitCode = await printQueries(file, options, context);
    });
};
