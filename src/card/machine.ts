import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Card, openCard } from "./card.ts";
import { lsblkWords } from "./disks.ts";

/** The machine's functions that flashing needs, as a record, so that it can be tested without cards. */
export type Machine = {
  /** Node's name: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** The output of `lsblk`. */
  readonly listBlockDevices: () => Promise<string>;
  /** The kernel's type of the device in an SD slot: `SD`, `MMC`; empty if unknown. */
  readonly slotType: (path: string) => Promise<string>;
  /** Whether the kernel refuses exclusive access to the device; `false` if we have no permission to test it. */
  readonly isClaimed: (path: string) => Promise<boolean>;
  /** libblkid's type of a disk or partition; empty if there is none, or it cannot be read. */
  readonly contentOf: (path: string) => Promise<string>;
  readonly unmount: (mountPoint: string) => Promise<void>;
  readonly openCard: (path: string) => Promise<Card>;
  /** Drops the system's cached data of a device. */
  readonly flushBuffers: (path: string) => Promise<void>;
  /** Waits a second before the disks are read again. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
};

/** This machine. */
export function processMachine(): Machine {
  return {
    platform: process.platform,
    listBlockDevices: () => run("lsblk", lsblkWords),
    slotType: (path) =>
      readFile(join("/sys/block", basename(path), "device/type"), "utf8").then(
        (type) => type.trim(),
        () => "",
      ),
    isClaimed,
    contentOf: (path) =>
      run("blkid", ["--probe", "--match-tag", "TYPE", "--output", "value", path]).then(
        (kind) => kind.trim(),
        () => "",
      ),
    unmount: async (mountPoint) => void (await run("umount", ["--", mountPoint])),
    openCard,
    flushBuffers: async (path) => void (await run("blockdev", ["--flushbufs", path])),
    pause: async (signal) => void (await setTimeout(1000, undefined, { signal })),
  };
}

async function isClaimed(path: string): Promise<boolean> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK);
    await file.close();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EBUSY";
  }
}

function run(command: string, words: readonly string[]): Promise<string> {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  return new Promise((resolve, reject) => {
    execFile(command, [...words], { env, encoding: "utf8" }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}
