import { Option } from "commander";
import type { Register } from "../shared/context.ts";
import { examples, formatOption, note, sensorOption } from "../shared/options.ts";
import type { TryOptions } from "./options.ts";

export const registerTry: Register = (program, context) => {
  program
    .command("try")
    .description(
      "boot a sensor in a local virtual machine without internet, attack it, and show what it records",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .addOption(sensorOption())
    .addOption(
      new Option(
        "--image <image>",
        "the system's cloud image: a file, or a URL with the publisher's checksums beside it; without it, mmdebstrap makes a Debian",
      ),
    )
    .option("--sha256 <checksum>", "the checksum of the image")
    .option(
      "--clones <folder>",
      "take the repositories from this folder: clones named dshield, cowrieprocessor and json_log_country, and for DShield the cowrie.zip of www.dshield.org",
    )
    .option("--no-dshield", "leave DShield out, and observe the rest")
    .option("--no-tools", "leave the analysis tools out, and observe the rest")
    .option("--real-secrets", "use the secrets of the settings instead of harmless ones", false)
    .option(
      "--apply <other>",
      "change the sensor to the settings of this file after the attacks, and observe what they promise",
    )
    .option("--reboot", "reboot the sensor before it is attacked", false)
    .option("--keep", "leave the machine running, and print how to log in and how to end it", false)
    .addOption(formatOption())
    .option("--html <page>", "write the report as one HTML page to this file")
    .addHelpText(
      "after",
      note(
        "Needs QEMU. Exit codes: 0 everything that the settings promise was observed; 1 something was not; 3 the trial failed.",
      ),
    )
    .addHelpText(
      "after",
      examples(
        "try sensors.yaml --sensor fra-vps --html trial.html",
        "try sensors.yaml --sensor fra-vps --image debian-13.qcow2",
      ),
    )
    .action(async (file: string, options: TryOptions) => {
      const { tryOut } = await import("./run.ts");
      process.exitCode = await tryOut(file, options, context);
    });
};
