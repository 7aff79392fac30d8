import { choice, group } from "../leaf.ts";

/** What is particular to a Raspberry Pi. */
export function piGrammar() {
  return group("What is particular to a Raspberry Pi.", {
    boot: choice(
      {
        description:
          "How the image takes its settings from the boot partition: as images of `os` do (auto), or by cloud-init, firstrun.sh or rpi-preseed.",
      },
      ["auto", "cloudinit", "firstrun", "preseed"],
    ),
  });
}
