/**
 * What is to be put on the boot partition of a Pi image for one sensor: made by a boot-file backend, carried out
 * by the image engine (`src/image/`), which knows nothing of sensors.
 */
export type BootFiles = {
  /** The images these files work on; any other is refused. */
  readonly fits: readonly ImageKind[];
  /** Whole files, new or in the place of the image's own; `path` is relative, folders are made as needed. */
  readonly files: readonly BootFile[];
  /**
   * Words for the kernel's command line, added at the end of the image's own line. A word `key=value` takes the
   * place of a word with the same key, and no word is ever there twice: putting them in again changes nothing.
   */
  readonly cmdline: readonly string[];
  /** Lines for `config.txt`, kept in a block of our own at its end, under `[all]`. */
  readonly config: readonly string[];
};

export type BootFile = { readonly path: string; readonly content: string | Uint8Array };

/**
 * Which first-boot mechanism an image has: `raspios-12` runs `firstrun.sh`, `raspios-13` has cloud-init with its
 * seed on the boot partition, `raspios-preseed` reads `rpi-preseed.toml`, `ubuntu` has cloud-init and `system-boot`.
 */
export type ImageKind = "raspios-12" | "raspios-13" | "raspios-preseed" | "ubuntu";
