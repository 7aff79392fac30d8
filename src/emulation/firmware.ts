import { existsSync } from "node:fs";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Architecture } from "./boot-disk.ts";

// QEMU brings a BIOS for the other processor. Debian, Ubuntu; Fedora; Homebrew on both kinds of Macs.
const arm64Firmware = [
  "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd",
  "/usr/share/AAVMF/AAVMF_CODE.fd",
  "/usr/share/edk2/aarch64/QEMU_EFI.fd",
  "/opt/homebrew/share/qemu/edk2-aarch64-code.fd",
  "/usr/local/share/qemu/edk2-aarch64-code.fd",
];

/** The words of QEMU that choose the firmware, which starts the boot loader of a disk. */
export function firmwareWords(architecture: Architecture, places = arm64Firmware): readonly string[] {
  if (architecture === "amd64") return [];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) return ["-bios", found];
  throw new OutsideError(
    "the UEFI firmware for arm64 is not installed",
    "Debian and Ubuntu: apt install qemu-efi-aarch64\nFedora: dnf install edk2-aarch64",
  );
}
