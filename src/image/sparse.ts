import { fdatasync, writeSync } from "node:fs";
import type { Stretch } from "./stretches.ts";

const pieceBytes = 1 << 15;
const zeros = Buffer.alloc(pieceBytes);

/**
 * Maximum size of a single write. Larger writes use larger pieces of the page cache, which a virtual machine often has to
 * request from its host first: with 1 MiB, writing took up to five times as long.
 */
export const blockBytes = 1 << 18;

/**
 * Writes blocks in sequence into a new file, with holes for zeros. Returns the number of bytes including holes; the file
 * must be set to that size at the end.
 */
export function sparseWriter(descriptor: number) {
  let position = 0;
  let unsynced = 0;
  let syncing = false;
  const written: { start: number; end: number }[] = [];
  const note = (start: number, end: number) => {
    const last = written.at(-1);
    if (last?.end === start) last.end = end;
    else written.push({ start, end });
  };
  return {
    position: () => position,
    /** The ranges that are not zero, of the part written here. */
    written: (): readonly Stretch[] => written,
    skip: (bytes: number) => {
      position += bytes;
    },
    write: (block: Uint8Array) => {
      for (const { start, end } of filled(block)) {
        writeAll(descriptor, block.subarray(start, end), position + start);
        note(position + start, position + end);
        unsynced += end - start;
      }
      position += block.length;
      // The disk writes while the next blocks are unpacked, so that the final sync is short.
      if (unsynced < 64 << 20 || syncing) return;
      [unsynced, syncing] = [0, true];
      fdatasync(descriptor, () => {
        syncing = false;
      });
    },
  };
}

/** Writes all bytes at a position, also if the system accepts only parts at a time. */
export function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(blockBytes, bytes.length - done);
    done += writeSync(descriptor, bytes, done, length, position + done);
  }
}

// The parts of a block that are not zero.
function* filled(block: Uint8Array): Generator<Stretch> {
  let start = -1;
  for (let at = 0; at < block.length; at += pieceBytes) {
    const piece = block.subarray(at, at + pieceBytes);
    const isZero =
      Buffer.compare(piece, piece.length === pieceBytes ? zeros : zeros.subarray(0, piece.length)) === 0;
    if (!isZero && start === -1) start = at;
    if (isZero && start !== -1) {
      yield { start, end: at };
      start = -1;
    }
  }
  if (start !== -1) yield { start, end: block.length };
}
