import type { OsName } from "../values/os-names.ts";

/** The mechanisms by which a Raspberry Pi's image reads settings from its boot partition. */
export type PiBoot = "cloudinit" | "firstrun" | "preseed";

/** The mechanisms of each system's images, the usual one first. Other systems have no Pi image. */
export const piBoots: Partial<Readonly<Record<OsName, readonly PiBoot[]>>> = {
  "raspios-12": ["firstrun"],
  "raspios-13": ["cloudinit", "preseed"],
  "ubuntu-24.04": ["cloudinit"],
  "ubuntu-26.04": ["cloudinit"],
};

/** Resolves `auto` to the usual mechanism of the system. */
export function resolvePiBoot(written: "auto" | PiBoot, os: OsName): PiBoot {
  return written === "auto" ? (piBoots[os]?.[0] ?? "cloudinit") : written;
}
