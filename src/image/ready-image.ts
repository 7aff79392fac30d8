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

/** A block of the finished image. `isStaged`: it is in the stage file already, at its place. */
export type ReadyBlock = { readonly bytes: Uint8Array; readonly isStaged: boolean };

/** What is done with an image's head: `check` sees the partition table, `change` (if any) may change the boot partition. */
export type HeadWork = {
  readonly check?: (table: PartitionTable) => void;
  readonly change?: (disk: Region) => void;
};

/**
 * Changes an image while it streams by. Its head, through the end of the partitions that may be the boot
 * partition, is held back in `stage` (an open, empty file), changed there, and then given on, followed by the rest
 * as it comes. So an image that is made, compressed or put on a card is read once, and can be hashed on the way.
 * Throws `OutsideError` for what is no disk image or ends before its partitions do.
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
    // What ends in a hole gets its size here, so that it can be read.
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
