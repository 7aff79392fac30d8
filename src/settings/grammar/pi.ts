import { choice, group } from "../leaf.ts";

/** Settings for a Raspberry Pi. */
export function piGrammar() {
  return group("Settings for a Raspberry Pi.", {
    boot: choice(
      {
        description:
          "How the image reads its settings from the boot partition: with cloud-init, firstrun.sh or rpi-preseed. `auto` chooses the usual way of the system in `os`.",
      },
      ["auto", "cloudinit", "firstrun", "preseed"],
    ),
  });
}
