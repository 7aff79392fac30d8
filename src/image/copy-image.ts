import { constants } from "node:fs";
import { copyFile, type FileHandle, open } from "node:fs/promises";
import { hashFile } from "./hash-file.ts";
import { cutShort, endOfHead, endOfPartitions, readPartitions } from "./partitions.ts";
import { fileRegion, type Region } from "./region.ts";
import type { Source } from "./source.ts";
import { blockBytes, sparseWriter } from "./sparse.ts";
import { type Stretch, united, within } from "./stretches.ts";
import type { Temporary } from "./temporary.ts";

export type Copying = {
  /** Changes the copy, of which possibly only the part up to the boot partition exists. */
  readonly change: (disk: Region) => void;
  readonly signal: AbortSignal;
  /** Receives the progress in bytes of the file. */
  readonly report?: ((bytes: number) => void) | undefined;
};

/**
 * Makes a changed copy of an uncompressed image, and returns its SHA-256. It shares the blocks of the image if the file
 * system can (btrfs, XFS, APFS). Otherwise the head is copied and changed, and the rest is copied while it is hashed.
 * Images share no digest state, because they differ from their boot partitions on, near the beginning. Throws
 * `OutsideError` for a file that is not a disk image or ends before its partitions do.
 */
export async function copyImage(source: Source, to: Temporary, copying: Copying): Promise<string> {
  const { path, bytes } = source;
  const from = await open(path, "r");
  try {
    const table = readPartitions(fileRegion(from.fd, bytes));
    if (bytes < endOfPartitions(table)) throw cutShort(bytes);
    const head = endOfHead(table);
    const filled = source.filled ?? [{ start: 0, end: bytes }];
    const isShared = await isCloned(path, to.path);
    const file = await to.reopen();
    if (!isShared) await copyStretches(from, file, within(filled, 0, head), copying.signal);
    await file.truncate(bytes);
    const disk = fileRegion(file.fd, bytes);
    const changed: Stretch[] = [];
    const write: Region["write"] = (position, block) => {
      changed.push({ start: position, end: position + block.length });
      disk.write(position, block);
    };
    copying.change({ ...disk, write });
    const parts = united([...filled, ...changed]);
    return await hashFile(to.path, copying.signal, {
      bytes,
      parts: [...within(parts, 0, head), ...within(parts, head, bytes)],
      ...(isShared ? {} : { missing: { path, start: head } }),
      report: copying.report,
    });
  } finally {
    await from.close();
  }
}

function isCloned(from: string, to: string): Promise<boolean> {
  return copyFile(from, to, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

async function copyStretches(
  from: FileHandle,
  to: FileHandle,
  stretches: readonly Stretch[],
  signal: AbortSignal,
): Promise<void> {
  const writer = sparseWriter(to.fd);
  const block = Buffer.allocUnsafeSlow(blockBytes);
  for (const { start, end } of stretches) {
    writer.skip(start - writer.position());
    while (writer.position() < end) {
      signal.throwIfAborted();
      const length = Math.min(block.length, end - writer.position());
      const { bytesRead } = await from.read(block, 0, length, writer.position());
      if (bytesRead === 0) throw cutShort(writer.position());
      writer.write(block.subarray(0, bytesRead));
    }
  }
}
