import { choice, group } from "../leaf.ts";

/** Settings for a Raspberry Pi. */
export function piGrammar() {
  return group("Settings for a Raspberry Pi.", {
    boot: choice(
      {
        description:
          "How the image reads its settings from the boot partition: as usual for `os` (auto), or with cloud-init, firstrun.sh or rpi-preseed.",
      },
      ["auto", "cloudinit", "firstrun", "preseed"],
    ),
  });
}
