import { InvalidArgumentError } from "commander";
import type { Register } from "../shared/context.ts";
import { examples, formatOption, note } from "../shared/options.ts";
import type { FlashOptions } from "./options.ts";

export const registerFlash: Register = (program, context) => {
  program
    .command("flash")
    .description("write an image to a card and read it back; refuses devices that are not cards")
    .argument("[image]", "the image: .img, .img.xz, .img.gz or .zip, a file or an https URL")
    .argument("[device]", "the card, e.g. /dev/sda or /dev/mmcblk0")
    .option("--list", "list the cards in this machine; writes nothing", false)
    .option("--yes-really <device>", "do not ask; repeat the device to confirm it")
    .option("--sensor <name>", "add this sensor's boot files to the image", onlyOne)
    .option("--all", "write a card for each Pi sensor, one after another in the same reader", false)
    .option("--from <name>", "with --all: begin with this sensor")
    .option("--settings <file>", "with --sensor or --all: the settings file", "sensors.yaml")
    .option("--sha256 <checksum>", "published checksum of the image file; required for a URL")
    .addOption(formatOption())
    .addHelpText(
      "after",
      note(
        "The first megabyte is cleared first and written last, after the rest has been read back and verified, so an unfinished card does not boot. flash writes only to devices on USB or in an SD slot. It always refuses soldered eMMC, devices in use or mounted (a desktop's mounts below /media are unmounted), and members of a volume group, a RAID or an encrypted disk. Linux only; on other systems it prints the commands for Raspberry Pi Imager.",
      ),
    )
    .addHelpText(
      "after",
      examples(
        "flash raspios.img.xz /dev/sdX --sensor attic-pi",
        "flash raspios.img.xz /dev/sdX --settings class.yaml --all",
      ),
    )
    .action(async (image: string | undefined, device: string | undefined, options: FlashOptions) => {
      const { flash } = await import("./run.ts");
      process.exitCode = await flash(image, device, options, context);
    });
};

function onlyOne(name: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError("A card holds only one sensor.");
  return name;
}
