import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { DestroyOptions } from "./options.ts";

export const registerDestroy: Register = (program, context) => {
  program
    .command("destroy")
    .description(
      "remove EC2 sensors and the resources that only they used: shows the plan, asks, waits for the removal",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "only show the plan", false)
    .option("--detailed-exitcode", "with --dry-run: exit 2 if there are resources to remove", false)
    .option("--collected <folder>", "where `collect` put the backups; checked before a disk is deleted")
    .option("--discard-backups", "delete disks even if their backups were not collected", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("destroy sensors.yaml --sensor nyc-vps --collected archives"))
    .action(async (file: string, options: DestroyOptions) => {
      const { destroy } = await import("./run.ts");
      process.exitCode = await destroy(file, options, context);
    });
};
