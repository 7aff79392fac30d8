import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Card } from "./card.ts";
import type { Disk } from "./disks.ts";
import { chooseDisk } from "./judge-disk.ts";
import type { Machine } from "./machine.ts";
import { readDisks } from "./read-disks.ts";
import { type Watch, writeCard } from "./write-card.ts";

export type Flash = {
  readonly machine: Machine;
  readonly disk: Disk;
  readonly image: AsyncIterable<Uint8Array>;
} & Omit<Watch, "dropCaches">;

/**
 * Unmounts a card, writes it and verifies it. Checks the disk again just before, because another card may have taken its
 * name since the question. Returns the bytes of the image. A failure after `writeCard` has started reports that the card
 * does not boot.
 */
export async function flashCard({ machine, disk, image, ...watch }: Flash): Promise<number> {
  const now = chooseDisk(await readDisks(machine), disk.path);
  if (now.serial !== disk.serial || now.bytes !== disk.bytes || now.model !== disk.model)
    throw new OutsideError(`${disk.path} is not the card that was shown before`, "run the command again");
  for (const mountPoint of now.mounts)
    await machine.unmount(mountPoint).catch((error: Error) => {
      throw new OutsideError(
        `${mountPoint} cannot be unmounted: ${error.message}`,
        "close the programs that use it",
      );
    });
  const card = await open(machine, disk);
  // If the cache is bypassed, this matters only for data that other programs have read meanwhile.
  const dropCaches = () =>
    machine.flushBuffers(disk.path).catch((error: Error) => {
      if (!card.isDirect)
        throw new OutsideError(`the data cannot be read back from the card itself: ${error.message}`);
    });
  try {
    return await writeCard(card, disk.bytes, image, { ...watch, dropCaches });
  } finally {
    await card.close();
  }
}

async function open(machine: Machine, { path }: Disk): Promise<Card> {
  try {
    return await machine.openCard(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EBUSY")
      throw new OutsideError(`${path} is in use`, "close the programs that use it, and unmount it");
    if (code === "EACCES" || code === "EPERM")
      throw new OutsideError(`only root can write to ${path}`, "run the command with sudo");
    throw error;
  }
}
