import { OutsideError } from "../diagnostics/outside-error.ts";
import { type Disk, disksOf } from "./disks.ts";
import type { Machine } from "./machine.ts";

/** The disks of a machine; for possible cards also with the kernel's own facts. */
export async function readDisks(machine: Machine): Promise<readonly Disk[]> {
  const answer = await machine.listBlockDevices().catch((error: Error) => {
    throw new OutsideError(`the disks cannot be listed: ${error.message}`, "install lsblk (util-linux)");
  });
  return Promise.all(
    disksOf(answer).map(async (disk) => {
      const isSlot = disk.transport === "mmc";
      if (disk.type !== "disk" || !(isSlot || disk.transport === "usb")) return disk;
      return {
        ...disk,
        slotType: isSlot && disk.slotType === "" ? await machine.slotType(disk.path) : disk.slotType,
        // lsblk uses udev, which a minimal system lacks.
        contents: await Promise.all(
          disk.contents.map(async ({ path, kind }) => ({
            path,
            kind: kind === "" ? await machine.contentOf(path) : kind,
          })),
        ),
        // A mount counts as use too, but a desktop's mounts are unmounted before writing.
        isClaimed: disk.mounts.length === 0 && (await machine.isClaimed(disk.path)),
      };
    }),
  );
}
