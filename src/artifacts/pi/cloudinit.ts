import { metaData } from "../meta-data.ts";
import { userData } from "../user-data.ts";
import type { PiBackend } from "./backend.ts";
import { radioRules } from "./radio-rules.ts";
import { wirelessConfig } from "./wireless-config.ts";

/** Raspberry Pi OS 13 and Ubuntu: cloud-init, with its seed in the root of the boot partition. */
export const cloudinit: PiBackend = {
  boot: "cloudinit",
  compile: ({ plan, secrets, digest, payload, templates }) => {
    const data = userData(plan, payload, templates);
    if (data.kind === "too-large") throw new Error("user-data on a boot partition has no limit");
    const { id, text } = metaData(plan, digest);
    const hasSecret = plan.wifi?.psk !== undefined;
    return {
      fits: [plan.os === "raspios-13" ? "raspios-13" : "ubuntu"],
      files: [
        { path: "meta-data", mode: 0o644, content: text },
        {
          path: "network-config",
          mode: hasSecret ? 0o600 : 0o644,
          content: wirelessConfig(plan, secrets.get("network.wifi.psk")),
        },
        { path: "user-data", mode: 0o600, content: data.text, parts: data.parts },
      ],
      // With the same id in both places, cloud-init recognises the same instance at each boot.
      cmdline: [...radioRules(plan), `ds=nocloud;i=${id}`],
      config: [],
      userData: data,
    };
  },
};
