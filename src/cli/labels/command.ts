import type { Register } from "../shared/context.ts";
import { examples, note, sensorOption } from "../shared/options.ts";
import type { LabelsOptions } from "./options.ts";

export const registerLabels: Register = (program, context) => {
  program
    .command("labels")
    .description("write a printable sheet of labels: each sensor's name, login and SSH fingerprints")
    .argument("<file>", "the settings file, or - for standard input")
    .requiredOption("-o, --output <page>", "the HTML page to write")
    .addOption(sensorOption())
    .addHelpText(
      "after",
      note(
        "A sheet of A4 paper has 3 x 8 labels of 70 x 37 mm; print without margins and at 100 %. The fingerprints are those in your ~/.ssh/known_hosts: a sensor generates its host keys at its first boot, so they are known only after your first login.",
      ),
    )
    .addHelpText("after", examples("labels sensors.yaml -o labels.html"))
    .action(async (file: string, options: LabelsOptions) => {
      const { labels } = await import("./run.ts");
      process.exitCode = await labels(file, options, context);
    });
};
