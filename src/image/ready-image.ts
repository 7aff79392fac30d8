import { ftruncateSync } from "node:fs";
import {
  cutShort,
  endOfHead,
  endOfPartitions,
  type PartitionTable,
  readPartitions,
  tableBytes,
} from "./partitions.ts";
import { fileRegion, type Region } from "./region.ts";
import { sparseWriter } from "./sparse.ts";

/** A block of the finished image. `isStaged`: it is already at its place in the stage file. */
export type ReadyBlock = { readonly bytes: Uint8Array; readonly isStaged: boolean };

/** Callbacks for an image's head: `check` gets the partition table, `change` (optional) may change the boot partition. */
export type HeadWork = {
  readonly check?: (table: PartitionTable) => void;
  readonly change?: (disk: Region) => void;
};

/**
 * Changes an image while streaming it. Its head, up to the end of the possible boot partitions, is buffered in `stage`
 * (an open, empty file), changed there, and then passed on, followed by the unchanged rest. So making, compressing or
 * flashing an image reads it only once, and it can be hashed at the same time.
 * Throws `OutsideError` for a file that is not a disk image or ends before its partitions do.
 */
export async function* readyImage(
  blocks: AsyncGenerator<Uint8Array>,
  stage: number,
  { check, change }: HeadWork,
): AsyncGenerator<ReadyBlock> {
  const staged = sparseWriter(stage);
  let pending: Uint8Array | undefined;
  const stageUntil = async (end: number): Promise<Region> => {
    while (staged.position() < end) {
      pending ??= await nextOf(blocks);
      if (pending === undefined) break;
      const part = pending.subarray(0, end - staged.position());
      staged.write(part);
      pending = part.length < pending.length ? pending.subarray(part.length) : undefined;
    }
    // Sets the size, in case the head ends in a hole.
    ftruncateSync(stage, staged.position());
    return fileRegion(stage, staged.position());
  };
  try {
    const table = readPartitions(await stageUntil(tableBytes));
    check?.(table);
    const disk = await stageUntil(change === undefined ? tableBytes : endOfHead(table));
    change?.(disk);
    for (let at = 0; at < disk.size; at += tableBytes)
      yield { bytes: disk.read(at, Math.min(tableBytes, disk.size - at)), isStaged: true };
    let bytes = disk.size;
    for (let block = pending ?? (await nextOf(blocks)); block !== undefined; block = await nextOf(blocks)) {
      bytes += block.length;
      yield { bytes: block, isStaged: false };
    }
    if (bytes < endOfPartitions(table)) throw cutShort(bytes);
  } finally {
    await blocks.return(undefined);
  }
}

async function nextOf(blocks: AsyncGenerator<Uint8Array>): Promise<Uint8Array | undefined> {
  const next = await blocks.next();
  return next.done ? undefined : next.value;
}
