import { Option } from "commander";
import { ciKinds } from "../../values/ci-kinds.ts";
import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption } from "../shared/options.ts";
import type { PackerOptions } from "./options.ts";

export const registerPacker: Register = (program, context) => {
  program
    .command("packer")
    .description("write a folder from which Packer bakes an image for the sensors, without their secrets")
    .argument("<file>", "the settings file, or - for standard input")
    .option("-o, --output <folder>", "output folder", "out/packer")
    .option("--os <system>", "only sensors with this system, if there are several systems")
    .addOption(sensorOption())
    .option("--build [build]", "also run Packer: qemu.amd64, qemu.arm64, hcloud.sensor, ...")
    .option("--images <folder>", "with --build: folder for the images", "images")
    .option("--var-file <file>", "with --build: a JSON file of Packer variables; repeatable", collect)
    .addOption(
      new Option("--accelerator <name>", "with --build: virtualisation to use; kvm by default").choices([
        "kvm",
        "tcg",
      ]),
    )
    .addOption(
      new Option(
        "--ci <service>",
        "write the workflow that builds the images on this service into the current folder",
      ).choices(ciKinds),
    )
    .option(
      "--install <spec>",
      "with --ci: install this version of sensorbake instead of a package file: NAME@VERSION, git+https://...#COMMIT or https://...#sha256=SUM",
    )
    .option("--check", "write nothing; exit 1 if the files on disk differ from the output", false)
    .option("--force", "replace the folder or workflow even if sensorbake did not create it", false)
    .option("--strict", "treat warnings as errors", false)
    .addOption(formatOption())
    .addHelpText("after", examples("packer sensors.yaml --os debian-13 --output out/packer"))
    .action(async (file: string, options: PackerOptions) => {
      const { packer } = await import("./run.ts");
      process.exitCode = await packer(file, options, context);
    });
};

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
