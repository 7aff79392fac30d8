import type { PiBackend } from "./backend.ts";
import { payloadArchive } from "./payload-archive.ts";
import { radioRules } from "./radio-rules.ts";
import { staticFile } from "./static-file.ts";

/**
 * Raspberry Pi OS 12: systemd runs a script instead of the system, which unpacks the payload and reboots.
 * Writes `/boot/firmware` in full, so that the image's own `imager_fixup` changes nothing.
 */
export const firstrun: PiBackend = {
  boot: "firstrun",
  compile: (sensor) => {
    const { archive, userData } = payloadArchive(sensor);
    return {
      fits: ["raspios-12"],
      files: [staticFile(sensor, "firstrun.sh"), staticFile(sensor, "honeypot-unpack.sh"), archive],
      // firstrun.sh removes all of these words.
      cmdline: [
        ...radioRules(sensor.plan),
        "systemd.run=/boot/firmware/firstrun.sh",
        "systemd.run_success_action=reboot",
        "systemd.unit=kernel-command-line.target",
      ],
      config: [],
      userData,
    };
  },
};
