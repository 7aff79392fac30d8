import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";

/** A block device of the kernel whose bytes are in a file. */
export type Loop = { readonly path: string; readonly file: string; readonly detach: () => void };

/** Makes a loop device over a new file of 0xee bytes; needs root. */
export function makeLoop(file: string, bytes: number): Loop {
  writeFileSync(file, new Uint8Array(bytes).fill(0xee));
  truncateSync(file, bytes);
  const path = execFileSync("losetup", ["--find", "--show", file], { encoding: "utf8" }).trim();
  return { path, file, detach: () => void execFileSync("losetup", ["--detach", path]) };
}

/** What `lsblk` would answer if this device were a card in a USB reader, with changes. */
export function asCard(path: string, bytes: number, more: Readonly<Record<string, unknown>> = {}): string {
  const facts = {
    path,
    size: bytes,
    model: "Stand-in",
    serial: "0001",
    tran: "usb",
    fstype: null,
  };
  return JSON.stringify({
    blockdevices: [{ ...facts, ro: false, type: "disk", mountpoints: [null], ...more }],
  });
}
