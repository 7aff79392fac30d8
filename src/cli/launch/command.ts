import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { LaunchOptions } from "./options.ts";

export const registerLaunch: Register = (program, context) => {
  program
    .command("launch")
    .description(
      "create EC2 sensors: shows the plan, asks, creates missing resources; running it again changes nothing",
    )
    .argument("[file]", "the settings file")
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "change nothing; ask AWS whether it would allow the plan", false)
    .option("--detailed-exitcode", "with --dry-run: exit 2 if the account does not match the settings", false)
    .option("--replace", "recreate sensors whose settings have changed; their disks are lost", false)
    .option("--collected <folder>", "where `collect` put the backups; checked before a disk is deleted")
    .option("--discard-backups", "delete disks even if their backups were not collected", false)
    .option("--no-apply", "do not send programs and secrets to new sensors over SSH")
    .option("--print-policy", "print a sufficient IAM policy for launch, status and destroy", false)
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("launch sensors.yaml --dry-run"))
    .action(async (file: string | undefined, options: LaunchOptions) => {
      const { launch } = await import("./run.ts");
      process.exitCode = await launch(file, options, context);
    });
};
