import { statfs } from "node:fs/promises";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Bytes that stay free on a disk, on a small one a twentieth of it. */
const reserveBytes = 256 << 20;

/** Bytes, and members, after which the disk is asked again. */
const interval = { bytes: 16 << 20, members: 500 };

/** Throws unless the disk of `folder` has room for so many bytes and a reserve, and for more files. Gives the room. */
export async function checkSpace(folder: string, bytes: number): Promise<number> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
  const left = bavail * bsize - Math.min(reserveBytes, (blocks * bsize) / 20);
  if (bytes > left)
    throw new OutsideError(
      `there is no room to unpack it: ${Math.max(0, Math.floor(left / 1e6))} MB can be used${bytes > 0 ? `, it needs ${Math.ceil(bytes / 1e6)} MB` : ""}`,
    );
  // File systems that make room for files as they come say 0.
  if (files > 0 && ffree < files / 20)
    throw new OutsideError("there is no room to unpack it: the file system can hold few more files");
  return left;
}

/** Calls {@link checkSpace} now and then while something is written to `folder`. */
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
