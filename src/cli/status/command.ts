import type { Register } from "../shared/context.ts";
import { examples, formatOption, note, sensorOption, tofuOption } from "../shared/options.ts";
import type { StatusOptions } from "./options.ts";

export const registerStatus: Register = (program, context) => {
  program
    .command("status")
    .description(
      "show the health of all sensors in one table, asked over SSH, and the state of EC2 instances",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .option("--address <address>", "address of the sensor; only for one sensor")
    .addOption(tofuOption())
    .option("--timeout <seconds>", "how long to wait for the answer of a sensor", "30")
    .option("--watch [seconds]", "repeat on the terminal until Ctrl-C, every 60 seconds by default")
    .addOption(formatOption())
    .option("--html <page>", "write an HTML page to this file")
    .addHelpText(
      "after",
      note("Exit codes: 0 all sensors are healthy; 1 a sensor is unhealthy; 3 a sensor does not answer."),
    )
    .addHelpText("after", examples("status sensors.yaml", "status sensors.yaml --watch 60"))
    .action(async (file: string, options: StatusOptions) => {
      const { status } = await import("./run.ts");
      process.exitCode = await status(file, options, context);
    });
};
