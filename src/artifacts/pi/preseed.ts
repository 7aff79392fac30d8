import type { PiBackend } from "./backend.ts";
import { payloadArchive } from "./payload-archive.ts";
import { radioRules } from "./radio-rules.ts";
import { staticFile } from "./static-file.ts";
import { stringifyToml } from "./toml.ts";

/**
 * rpi-preseed, the announced successor of cloud-init on Raspberry Pi OS (schema of July 2026). It cannot write files, so
 * a static script does: before the network, because the payload configures Wi-Fi, and again after it, because the early
 * phase has little time.
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
