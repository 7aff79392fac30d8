import { exitCodes } from "../shared/exit.ts";
import type { Streams } from "../shared/streams.ts";
import type { FlashOptions } from "./options.ts";

/**
 * Prints the commands for other systems than Linux, where Raspberry Pi Imager handles the system's permissions and
 * locks. The image is customised first, because Imager's own options would overwrite our files.
 */
export function handOver(
  image = "IMAGE",
  device = "DEVICE",
  { sensor, all, settings, sha256 }: FlashOptions,
  streams: Streams,
): number {
  const ready = all ? "cards/SENSOR.img" : sensor === undefined ? image : `${sensor}.img`;
  const checksum = sha256 === undefined ? [] : ["--sha256", sha256];
  if (all)
    streams.result(
      `${line(["sensorbake", "image", image, "-o", "cards", "--settings", settings, "--all", ...checksum])}\n`,
    );
  if (sensor !== undefined)
    streams.result(
      `${line(["sensorbake", "image", image, "-o", ready, "--settings", settings, "--sensor", sensor, ...checksum])}\n`,
    );
  streams.result(`${line(["rpi-imager", "--cli", ready, device])}\n`);
  streams.say("sensorbake writes cards only on Linux. Here, run the command above as root or administrator.");
  return exitCodes.outside;
}

function line(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
