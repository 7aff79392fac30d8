import type { PiBackend } from "./backend.ts";
import { payloadArchive } from "./payload-archive.ts";
import { radioRules } from "./radio-rules.ts";
import { staticFile } from "./static-file.ts";
import { stringifyToml } from "./toml.ts";

/**
 * rpi-preseed, the announced successor of cloud-init on Raspberry Pi OS (its schema of July 2026). It writes no
 * files itself, so a static script beside it does: before the network, since the payload has the Wi-Fi, and once
 * more after it, since the early phase gets little time.
 */
export const preseed: PiBackend = {
  boot: "preseed",
  compile: (sensor) => {
    const { archive, userData } = payloadArchive(sensor);
    const unpack = "bash /boot/firmware/honeypot-unpack.sh";
    const settings = stringifyToml({
      config_version: "1.0",
      system: { hostname: sensor.plan.name },
      runcmd: {
        early: [unpack],
        early_cmd_timeout: 25,
        late: [unpack, "systemctl start --no-block honeypot-first-boot.service"],
      },
    });
    return {
      fits: ["raspios-preseed"],
      files: [
        archive,
        staticFile(sensor, "honeypot-unpack.sh"),
        { path: "rpi-preseed.toml", mode: 0o644, content: settings },
      ],
      cmdline: radioRules(sensor.plan),
      config: [],
      userData,
    };
  },
};
