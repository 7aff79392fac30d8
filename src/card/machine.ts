import { execFile } from "node:child_process";
import { type Card, openCard } from "./card.ts";
import { lsblkWords } from "./disks.ts";

/** What flashing needs of the machine it runs on, as a record of a few functions, so that it can be tested without cards. */
export type Machine = {
  /** As node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** What `lsblk` answers. */
  readonly listBlockDevices: () => Promise<string>;
  readonly unmount: (mountPoint: string) => Promise<void>;
  readonly openCard: (path: string) => Promise<Card>;
  /** Drops what the system holds of a device in memory. */
  readonly flushBuffers: (path: string) => Promise<void>;
};

/** This machine. */
export function processMachine(): Machine {
  return {
    platform: process.platform,
    listBlockDevices: () => run("lsblk", lsblkWords),
    unmount: async (mountPoint) => void (await run("umount", ["--", mountPoint])),
    openCard,
    flushBuffers: async (path) => void (await run("blockdev", ["--flushbufs", path])),
  };
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
