import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import type { Region } from "../../src/image/region.ts";

/** Bytes in memory. */
export function memoryRegion(bytes: Uint8Array): Region {
  return {
    size: bytes.length,
    read: (position, length) => {
      if (position + length > bytes.length)
        throw new OutsideError(`the image ends too early, at byte ${bytes.length}`);
      return bytes.slice(position, position + length);
    },
    write: (position, more) => bytes.set(more, position),
  };
}
