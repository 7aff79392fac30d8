import { readSync, writeSync } from "node:fs";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** Bytes with random access: a file, a device, or a partition of one. Synchronous, as FatFs needs. */
export type Region = {
  readonly size: number;
  /**
   * Returns exactly `length` bytes; throws `OutsideError` if the region ends before. The result may use `memory`, which
   * the caller can reuse, because allocating memory for megabytes costs more than reading them.
   */
  readonly read: (position: number, length: number, memory?: Uint8Array) => Uint8Array;
  readonly write: (position: number, bytes: Uint8Array) => void;
};

/** An open file or device, `size` bytes of it. */
export function fileRegion(descriptor: number, size: number): Region {
  return {
    size,
    read: (position, length, memory) => {
      const bytes = memory?.subarray(0, length) ?? new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, bytes, done, length - done, position + done);
        if (count === 0)
          throw new OutsideError(
            `the image ends at byte ${position + done}, in the middle of something`,
            "it was truncated: download it again and compare its checksum",
          );
        done += count;
      }
      return bytes;
    },
    write: (position, bytes) => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
    },
  };
}

/** A part of a region; it refuses access outside itself. */
export function partOf(whole: Region, start: number, size: number): Region {
  const check = (position: number, length: number) => {
    if (position < 0 || position + length > size)
      throw new OutsideError(
        `the boot partition refers to byte ${position + length} of its ${size}`,
        "its file system is damaged: download the image again and compare its checksum",
      );
  };
  return {
    size,
    read: (position, length, memory) => {
      check(position, length);
      return whole.read(start + position, length, memory);
    },
    write: (position, bytes) => {
      check(position, bytes.length);
      whole.write(start + position, bytes);
    },
  };
}
