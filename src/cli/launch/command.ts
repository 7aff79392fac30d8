import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { LaunchOptions } from "./options.ts";

export const registerLaunch: Register = (program, context) => {
  program
    .command("launch")
    .description(
      "make the sensors of EC2: shows the plan, asks, makes what is missing; repeating it changes nothing",
    )
    .argument("[file]", "the settings file")
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "change nothing; ask AWS whether it would carry the plan out", false)
    .option(
      "--detailed-exitcode",
      "with --dry-run: exit 2 when the account is not as the settings say",
      false,
    )
    .option("--replace", "make sensors anew whose settings have changed; their disks are lost", false)
    .option("--collected <folder>", "where `collect` put the backups: looked at before a disk is lost")
    .option("--discard-backups", "lose disks even if their backups were not collected", false)
    .option("--print-policy", "print an IAM policy that suffices for launch, status and destroy", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string | undefined, options: LaunchOptions) => {
      const { launch } = await import("./run.ts");
      process.exitCode = await launch(file, options, context);
    });
};
