import type { FileHandle } from "node:fs/promises";

/** Takes chunks and writes them many at once, while the next ones come. */
export type BlockWriter = {
  readonly write: (chunk: Buffer) => Promise<void>;
  /** Writes what is left; afterwards the file system has everything. */
  readonly end: () => Promise<void>;
};

// 256 KiB, as OpenSSH writes. Larger blocks get larger pieces of the page cache, for which a virtual machine often has
// to ask its host first: with 2 MiB, writing took four times as long.
const chunksAtOnce = 2;

/** A writer to the end of a file that is opened for appending. `giveBack` gets each chunk that is written. */
export function blockWriter(file: FileHandle, giveBack: (chunk: Buffer) => void): BlockWriter {
  let waiting: Buffer[] = [];
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await writing;
    const chunks = waiting;
    waiting = [];
    writing = writeAll(file, chunks).then(() => chunks.forEach(giveBack));
    // Whoever waits for it next sees the failure.
    writing.catch(() => {});
  }

  return {
    write: async (chunk) => {
      waiting.push(chunk);
      if (waiting.length === chunksAtOnce) await flush();
    },
    end: async () => {
      if (waiting.length > 0) await flush();
      await writing;
    },
  };
}

// The system may take less than it is given, as at the end of a disk; what then is wrong the rest will show.
async function writeAll(file: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  const { bytesWritten } = await file.writev(chunks);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}
