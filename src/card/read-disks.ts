import { OutsideError } from "../diagnostics/outside-error.ts";
import { type Disk, disksOf } from "./disks.ts";
import type { Machine } from "./machine.ts";

/** The disks of a machine, with what the kernel alone knows of those that may be cards. */
export async function readDisks(machine: Machine): Promise<readonly Disk[]> {
  const answer = await machine.listBlockDevices().catch((error: Error) => {
    throw new OutsideError(`the disks cannot be listed: ${error.message}`, "lsblk of util-linux is needed");
  });
  return Promise.all(
    disksOf(answer).map(async (disk) => {
      const isSlot = disk.transport === "mmc";
      if (disk.type !== "disk" || !(isSlot || disk.transport === "usb")) return disk;
      return {
        ...disk,
        slotType: isSlot && disk.slotType === "" ? await machine.slotType(disk.path) : disk.slotType,
        // lsblk asks udev, which a minimal system has not.
        contents: await Promise.all(
          disk.contents.map(async ({ path, kind }) => ({
            path,
            kind: kind === "" ? await machine.contentOf(path) : kind,
          })),
        ),
        // A mount is a claim, too; what a desktop mounted is unmounted before the card is written.
        isClaimed: disk.mounts.length === 0 && (await machine.isClaimed(disk.path)),
      };
    }),
  );
}
