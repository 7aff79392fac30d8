import { Option } from "commander";
import { ciKinds } from "../../packer/ci-workflow.ts";
import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { PackerOptions } from "./options.ts";

export const registerPacker: Register = (program, context) => {
  program
    .command("packer")
    .description("write the folder from which Packer bakes an image for the sensors, without their secrets")
    .argument("<file>", "the settings file")
    .option("-o, --output <folder>", "where it goes", "out/packer")
    .option("--os <system>", "for the sensors that have this system, where they have several")
    .addOption(sensorOption())
    .option("--build [build]", "have Packer build it too: qemu.amd64, qemu.arm64, hcloud.sensor, ...")
    .option("--images <folder>", "with --build: where the images go", "images")
    .option(
      "--var-file <file>",
      "with --build: a JSON file of Packer variables; may be repeated",
      collect,
      [],
    )
    .addOption(
      new Option("--accelerator <name>", "with --build: kvm unless it is said").choices(["kvm", "tcg"]),
    )
    .addOption(
      new Option(
        "--ci <service>",
        "write the workflow that builds the images there, into this folder",
      ).choices(ciKinds),
    )
    .option("--check", "write nothing; exit 1 when what is on disk is not what would be written", false)
    .option("--force", "replace the folder, or the workflow, even if it is not sensorbake's", false)
    .option("--strict", "a warning counts as an error", false)
    .addOption(formatOption())
    .action(async (file: string, options: PackerOptions) => {
      const { packer } = await import("./run.ts");
      process.exitCode = await packer(file, options, context);
    });
};

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
