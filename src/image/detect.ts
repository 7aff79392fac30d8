import type { ImageKind } from "../artifacts/boot-files.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { FatVolume } from "./fat.ts";

/** The kind of an image, from its boot partition; `date` (of `issue.txt`, YYYY-MM-DD) if pi-gen wrote one. */
export type Detected = {
  readonly kind: ImageKind;
  readonly date: string | undefined;
  /** Whether it has a kernel for 32-bit models, which only 32-bit images have. */
  readonly bits: 32 | 64;
};

/** Detects an image's kind from the files on its boot partition; throws `OutsideError` instead of guessing. */
export function detectImage(label: string, volume: Pick<FatVolume, "read" | "has">): Detected {
  const text = (path: string) => {
    const bytes = volume.read(path);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
  };
  const date = text("issue.txt")?.match(/\b(20\d\d-\d\d-\d\d)\b/)?.[1];
  const kind = label === "system-boot" ? "ubuntu" : piKind(text);
  const bits = volume.has("kernel7.img") ? 32 : 64;
  if (kind !== undefined) return { kind, date, bits };
  // Trixie of October 2025 has cloud-init but no seed on the boot partition (pi-gen pull request 881).
  throw new OutsideError(
    `the image${date === undefined ? "" : ` of ${date}`} has no known first-boot mechanism: neither user-data and meta-data (Raspberry Pi OS 13), nor the init= of Raspberry Pi OS 12`,
    "use Raspberry Pi OS 13 of 2025-11-24 or later, or an image that has never been booted",
  );
}

function piKind(text: (path: string) => string | undefined): ImageKind | undefined {
  const cmdline = text("cmdline.txt") ?? "";
  if (text("rpi-preseed.toml") !== undefined || /(^|\s)rpi_preseed\b/.test(cmdline)) return "raspios-preseed";
  if (text("user-data") !== undefined && text("meta-data") !== undefined) return "raspios-13";
  if (/(^|\s)init=\/usr\/lib\/raspberrypi-sys-mods\/firstboot(\s|$)/.test(cmdline)) return "raspios-12";
  return undefined;
}

/** The name of each kind in messages. */
export const imageNames: Readonly<Record<ImageKind, string>> = {
  "raspios-12": "Raspberry Pi OS 12 (firstrun.sh)",
  "raspios-13": "Raspberry Pi OS 13 (cloud-init)",
  "raspios-preseed": "Raspberry Pi OS with rpi-preseed",
  ubuntu: "Ubuntu for the Raspberry Pi",
};
