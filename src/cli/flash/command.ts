import { InvalidArgumentError } from "commander";
import type { Register } from "../shared/context.ts";
import { formatOption } from "../shared/options.ts";
import type { FlashOptions } from "./options.ts";

export const registerFlash: Register = (program, context) => {
  program
    .command("flash")
    .description("write an image to a card and read it back; refuses what is no card")
    .argument("[image]", "the image: .img, .img.xz, .img.gz or .zip, a file or an https URL")
    .argument("[device]", "the card, e.g. /dev/sda or /dev/mmcblk0")
    .option("--list", "show the cards there are, and write nothing", false)
    .option("--yes-really <device>", "do not ask; the same device once more")
    .option("--sensor <name>", "put this sensor's boot files into the image on its way to the card", onlyOne)
    .option("--settings <file>", "with --sensor: the settings file", "sensors.yaml")
    .option("--sha256 <checksum>", "what the image file must have, as it is published; needed for a URL")
    .addOption(formatOption())
    .addHelpText(
      "after",
      `
The first megabyte is blanked first and written last, when all the rest has been read back and found right: a card that
was not finished does not boot. Only what is on USB or in an SD slot is written to. Refused without exception: a chip
that is soldered in, what is in use or mounted (a desktop's own mounts below /media are unmounted), and what belongs to
a volume group, a RAID or an encrypted disk. Linux only; elsewhere the lines for Raspberry Pi Imager are printed.`,
    )
    .action(async (image: string | undefined, device: string | undefined, options: FlashOptions) => {
      const { flash } = await import("./run.ts");
      process.exitCode = await flash(image, device, options, context);
    });
};

function onlyOne(name: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError("A card holds one sensor.");
  return name;
}
