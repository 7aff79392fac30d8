import type { Register } from "../shared/context.ts";
import { examples, formatOption, note } from "../shared/options.ts";
import type { TofuOptions } from "./options.ts";

export const registerTofu: Register = (program, context) => {
  program
    .command("tofu")
    .description(
      "write an OpenTofu or Terraform configuration that creates the sensors' machines, without secrets",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .option("-o, --output <folder>", "folder for the configuration; other files in it are kept", "out/tofu")
    .option("--check", "write nothing; exit 1 if the files on disk differ from the output", false)
    .option("--force", "replace its folder `sensorbake` even if this command did not create that", false)
    .option("--strict", "treat warnings as errors", false)
    .addOption(formatOption())
    .addHelpText(
      "after",
      note(
        "Each sensor needs `delivery: ssh`: its machine waits until `sensorbake apply FILE --tofu FOLDER` sends its programs and secrets.",
      ),
    )
    .addHelpText("after", examples("tofu sensors.yaml --output out/tofu"))
    .action(async (file: string, options: TofuOptions) => {
      const { tofu } = await import("./run.ts");
      process.exitCode = await tofu(file, options, context);
    });
};
