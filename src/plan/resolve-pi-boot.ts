import type { OsName } from "../values/os-names.ts";
import type { PiBoot } from "./plan.ts";

/** The mechanisms that images of a system have, the usual one first; a system that is not here has no Pi image. */
export const piBoots: Partial<Readonly<Record<OsName, readonly PiBoot[]>>> = {
  "raspios-12": ["firstrun"],
  "raspios-13": ["cloudinit", "preseed"],
  "ubuntu-24.04": ["cloudinit"],
  "ubuntu-26.04": ["cloudinit"],
};

/** `auto` is what images of the system usually have. */
export function resolvePiBoot(written: "auto" | PiBoot, os: OsName): PiBoot {
  return written === "auto" ? (piBoots[os]?.[0] ?? "cloudinit") : written;
}
