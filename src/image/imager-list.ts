import type { MadeImage } from "./make-image.ts";

/** An image in Raspberry Pi Imager's list; `url` is its location, `name` the sensor's. */
export type Listed = { readonly name: string; readonly url: string; readonly made: MadeImage };

/**
 * The `os_list` document for `rpi-imager --repo` (its doc/json-schema/os-list-schema.json). The images are already
 * customised, so `init_format` is `none`: Imager must not offer its own settings, which would overwrite ours.
 */
export function imagerList(images: readonly Listed[], defaultDate: string): string {
  const entries = images.map(({ name, url, made }) => ({
    name: `sensorbake: ${name}`,
    description: `DShield sensor ${name}, ready to boot. Holds its secrets: keep it to yourself.`,
    icon: made.kind === "ubuntu" ? ubuntuIcon : raspiosIcon,
    url,
    extract_size: made.imageBytes,
    extract_sha256: made.imageSha256,
    image_download_size: made.bytes,
    image_download_sha256: made.sha256,
    release_date: made.date ?? defaultDate,
    init_format: "none",
    devices: devices[made.bits],
  }));
  return `${JSON.stringify({ os_list: entries }, null, 2)}\n`;
}

const raspiosIcon = "https://downloads.raspberrypi.com/raspios_arm64/Raspberry_Pi_OS_(64-bit).png";
const ubuntuIcon = "https://assets.ubuntu.com/v1/85a9de76-ubuntu-icon.svg";

/** Tags of the models, as in `imager.devices` of Imager's own list. */
const devices = {
  64: ["pi5-64bit", "pi4-64bit", "pi3-64bit"],
  32: ["pi5-32bit", "pi4-32bit", "pi3-32bit", "pi2-32bit", "pi1-32bit"],
} as const;
