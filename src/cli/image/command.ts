import type { Register } from "../shared/context.ts";
import { examples, formatOption, note, sensorOption } from "../shared/options.ts";
import type { ImageOptions } from "./options.ts";

export const registerImage: Register = (program, context) => {
  program
    .command("image")
    .description("put a sensor's boot files into a Raspberry Pi image, without root and without mounting")
    .argument(
      "[base]",
      "the base image: .img, .img.xz, .img.gz or .zip, a file or an https URL; with --seed the settings file",
    )
    .option(
      "-o, --output <path>",
      "the image to write: .img, .img.xz or .img.gz; a folder with --all or several --sensor",
    )
    .option("--settings <file>", "the settings file for an image (default: sensors.yaml)")
    .addOption(sensorOption())
    .option("--all", "write an image for each Pi sensor; unpacks the base once", false)
    .option("--compress <packing>", "with --all: gz or xz")
    .option("--sha256 <checksum>", "published checksum of the base; required for a URL")
    .option("--in-place", "change the base (an .img) itself", false)
    .option("--seed", "for target nocloud: write a CIDATA volume instead", false)
    .option("--url <address>", "where the images will be published, for Raspberry Pi Imager's list")
    .option("--force", "replace images that exist", false)
    .addOption(formatOption())
    .addHelpText(
      "after",
      note(
        "A URL is downloaded once into ~/.cache/sensorbake; an interrupted download resumes. An image gets its name only when it is complete, together with its .sha256 and a list for Raspberry Pi Imager (rpi-imager --repo). It contains the sensor's secrets, so only its owner can read it. Set XZ_OPT, for example XZ_OPT=-2, to change the compression of .img.xz.",
      ),
    )
    .addHelpText(
      "after",
      examples(
        "image raspios.img.xz --sensor attic-pi -o attic-pi.img",
        "image --seed sensors.yaml --sensor fra-vps -o fra-vps.seed.img",
      ),
    )
    .action(async (base: string | undefined, options: ImageOptions) => {
      const { image } = await import("./run.ts");
      process.exitCode = await image(base, options, context);
    });
};
