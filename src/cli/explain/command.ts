import { Option } from "commander";
import type { Register } from "../shared/context.ts";
import { examples, sensorOption } from "../shared/options.ts";
import type { ExplainOptions } from "./options.ts";

export const registerExplain: Register = (program, context) => {
  program
    .command("explain")
    .description("show what each sensor will do: first boot, ports, timetable, disk, secrets, size")
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .addOption(
      new Option("--format <format>", "output format").choices(["text", "json", "html"]).default("text"),
    )
    .option("--html <page>", "write an HTML page to this file")
    .addHelpText(
      "after",
      examples("explain sensors.yaml --sensor fra-vps", "explain sensors.yaml --html sensors.html"),
    )
    .action(async (file: string, options: ExplainOptions) => {
      const { explainFile } = await import("./run.ts");
      process.exitCode = await explainFile(file, options, context);
    });
};
