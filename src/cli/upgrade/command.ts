import { Option } from "commander";
import type { Register } from "../shared/context.ts";
import { examples, formatOption, note } from "../shared/options.ts";
import type { UpgradeOptions } from "./options.ts";

export const registerUpgrade: Register = (program, context) => {
  program
    .command("upgrade")
    .description(
      "show as a diff what this version of sensorbake changes in settings files; --write applies it",
    )
    .argument("<files...>", "settings files, or - for standard input")
    .option("--write", "apply the changes; with - print the whole text", false)
    .addOption(
      new Option("--check", "write nothing; exit 1 if there are changes").default(false).conflicts("write"),
    )
    .addOption(formatOption())
    .addHelpText(
      "after",
      note(
        "upgrade replaces deprecated settings and reviewed commits of earlier versions, also in the CSV file of sensors_from, and adds the line with the schema for editors. Comments and formatting stay as they are.",
      ),
    )
    .addHelpText("after", examples("upgrade sensors.yaml", "upgrade --write sensors.yaml class.yaml"))
    .action(async (files: readonly string[], options: UpgradeOptions) => {
      const { upgrade } = await import("./run.ts");
      process.exitCode = await upgrade(files, options, context);
    });
};
