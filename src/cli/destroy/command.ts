import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { DestroyOptions } from "./options.ts";

export const registerDestroy: Register = (program, context) => {
  program
    .command("destroy")
    .description(
      "remove the sensors of EC2 and what only they used: shows what, asks, waits until it is gone",
    )
    .argument("<file>", "the settings file")
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "only show what would be removed", false)
    .option("--detailed-exitcode", "with --dry-run: exit 2 when there is something to remove", false)
    .option("--collected <folder>", "where `collect` put the backups: looked at before a disk is lost")
    .option("--discard-backups", "lose disks even if their backups were not collected", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string, options: DestroyOptions) => {
      const { destroy } = await import("./run.ts");
      process.exitCode = await destroy(file, options, context);
    });
};
