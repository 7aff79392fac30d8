import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { ImageOptions } from "./options.ts";

export const registerImage: Register = (program, context) => {
  program
    .command("image")
    .description("put a sensor's boot files into a Raspberry Pi image, without root and without mounting")
    .argument(
      "[base]",
      "the image to start from: .img, .img.xz, .img.gz or .zip, a file or an https URL; with --seed the settings file",
    )
    .option(
      "-o, --output <path>",
      "the image to write: .img, .img.xz or .img.gz; a folder with --all or several --sensor",
    )
    .option("--settings <file>", "the settings file, when an image is made (default: sensors.yaml)")
    .addOption(sensorOption())
    .option("--all", "one image for each Pi sensor of the settings, the base unpacked once", false)
    .option("--compress <packing>", "with --all: gz or xz")
    .option("--sha256 <checksum>", "what the base must have, as it is published; needed for a URL")
    .option("--in-place", "change the base (an .img) itself", false)
    .option("--seed", "for target nocloud: write a CIDATA volume instead", false)
    .option("--url <address>", "where the images will be published, for the list Raspberry Pi Imager reads")
    .option("--force", "replace images that exist", false)
    .addOption(formatOption())
    .addHelpText(
      "after",
      `
A URL is fetched into ~/.cache/sensorbake, once; a fetch that was cut off goes on where it was. An image appears under
its name only when it is whole, beside it its .sha256 and a list for Raspberry Pi Imager (rpi-imager --repo). It holds
the sensor's secrets and is readable by its owner alone. How well .img.xz is compressed, XZ_OPT says: XZ_OPT=-2.`,
    )
    .action(async (base: string | undefined, options: ImageOptions) => {
      const { image } = await import("./run.ts");
      process.exitCode = await image(base, options, context);
    });
};
