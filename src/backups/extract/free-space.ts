import { statfs } from "node:fs/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Bytes to keep free on a disk; on a small one a twentieth of it. */
const reserveBytes = 256 << 20;

/** Bytes and members after which the free space is checked again. */
const interval = { bytes: 16 << 20, members: 500 };

/** Throws unless the disk of `folder` has space for this many bytes plus a reserve, and for files. Returns the space. */
export async function checkSpace(folder: string, bytes: number): Promise<number> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
  const left = bavail * bsize - Math.min(reserveBytes, (blocks * bsize) / 20);
  if (bytes > left)
    throw new OutsideError(
      `there is not enough space to unpack it: ${Math.max(0, Math.floor(left / 1e6))} MB are usable${bytes > 0 ? `, but it needs ${Math.ceil(bytes / 1e6)} MB` : ""}`,
    );
  // File systems that allocate inodes on demand report 0.
  if (files > 0 && ffree < files / 20)
    throw new OutsideError(
      "there is not enough space to unpack it: the file system has hardly any free inodes",
    );
  return left;
}

/** Calls {@link checkSpace} regularly while files are written to `folder`. */
export function watchSpace(folder: string): (bytes: number) => Promise<void> {
  const left = { bytes: 0, members: 0 };
  return async (bytes) => {
    left.bytes -= bytes;
    left.members -= 1;
    if (left.bytes > 0 && left.members > 0) return;
    left.bytes = Math.min(interval.bytes, await checkSpace(folder, 0));
    left.members = interval.members;
  };
}
