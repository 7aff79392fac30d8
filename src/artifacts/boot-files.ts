/**
 * The changes to the boot partition of a Pi image for one sensor. A boot-file backend creates them; the image engine
 * (`src/image/`), which does not depend on sensors, applies them.
 */
export type BootFiles = {
  /** The images that these files work on; any other is refused. */
  readonly fits: readonly ImageKind[];
  /** Complete files, new or replacing the image's own; `path` is relative, folders are created as needed. */
  readonly files: readonly BootFile[];
  /**
   * Words for the kernel's command line, added at the end of the image's own line. A word `key=value` replaces one with
   * the same key, and no word occurs twice, so adding them again changes nothing.
   */
  readonly cmdline: readonly string[];
  /** Lines for `config.txt`, kept in our own block at its end, under `[all]`. */
  readonly config: readonly string[];
};

export type BootFile = { readonly path: string; readonly content: string | Uint8Array };

/**
 * The first-boot mechanism of an image: `raspios-12` runs `firstrun.sh`, `raspios-13` has cloud-init with its seed on
 * the boot partition, `raspios-preseed` reads `rpi-preseed.toml`, `ubuntu` has cloud-init and `system-boot`.
 */
export type ImageKind = "raspios-12" | "raspios-13" | "raspios-preseed" | "ubuntu";
