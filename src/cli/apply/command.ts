import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption, tofuOption } from "../shared/options.ts";
import type { ApplyOptions } from "./options.ts";

export const registerApply: Register = (program, context) => {
  program
    .command("apply")
    .description(
      "change running machines to match the settings, over SSH: shows the plan, asks, and reverts the change unless a new login works",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .option("--address <address>", "address of the machine; only for one sensor")
    .addOption(tofuOption())
    .option(
      "--login <login>",
      "how to log in now, if the new settings change that: [USER@][ADDRESS][:PORT], e.g. root@203.0.113.7 or :22",
    )
    .option("-y, --yes", "do not ask", false)
    .option("--dry-run", "only show the plan", false)
    .option("--detailed-exitcode", "with --dry-run: exit 2 if there is something to change", false)
    .option(
      "--revert-after <seconds>",
      "how long the machine waits for the new login before it reverts the change",
      "180",
    )
    .option("--parallel <number>", "how many machines to change at a time, after the first", "4")
    .option("--max-failures <number>", "start no further machine after this many failures", "1")
    .option("--wait <seconds>", "how long to wait for a machine to start", "600")
    .addOption(formatOption())
    .addHelpText(
      "after",
      examples(
        "apply sensors.yaml --dry-run",
        "apply sensors.yaml --sensor attic-pi --login pi@192.168.1.7:22",
      ),
    )
    .action(async (file: string, options: ApplyOptions) => {
      const { apply } = await import("./run.ts");
      process.exitCode = await apply(file, options, context);
    });
};
