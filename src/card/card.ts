import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { wasm } from "../image/wasm.ts";

/** A card, open for writing and reading. Positions and lengths are multiples of 512, buffers are `alignedBuffer`s. */
export type Card = {
  /** Whether reading and writing bypass the page cache (O_DIRECT). */
  readonly isDirect: boolean;
  readonly write: (bytes: Uint8Array, position: number) => Promise<void>;
  readonly read: (bytes: Uint8Array, position: number) => Promise<void>;
  /** Returns once the card reports that everything is written. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Opens a device exclusively (`O_EXCL` fails while any part of it is mounted), and bypasses the page cache if possible,
 * so that data is read back from the card itself.
 */
export async function openCard(path: string): Promise<Card> {
  const flags = constants.O_RDWR | constants.O_EXCL;
  const direct = await open(path, flags | constants.O_DIRECT).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EINVAL") throw error;
    return undefined;
  });
  const file = direct ?? (await open(path, flags));
  return {
    isDirect: direct !== undefined,
    write: (bytes, position) =>
      whole(bytes, position, (...rest) => file.write(...rest).then((done) => done.bytesWritten)),
    read: (bytes, position) =>
      whole(bytes, position, (...rest) => file.read(...rest).then((done) => done.bytesRead)),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

/** Page-aligned memory, which transfers that bypass the page cache need; node's own buffers are not aligned. */
export function alignedBuffer(bytes: number): Uint8Array {
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / 65_536) });
  return new Uint8Array(memory.buffer, 0, bytes);
}

type Transfer = (bytes: Uint8Array, offset: number, length: number, position: number) => Promise<number>;

async function whole(bytes: Uint8Array, position: number, transfer: Transfer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const count = await transfer(bytes, done, bytes.length - done, position + done);
    if (count === 0) throw new Error(`the device ends at byte ${position + done}`);
    done += count;
  }
}
