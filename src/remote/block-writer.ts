import type { FileHandle } from "node:fs/promises";

/** Takes chunks, which may be used again at once, and writes them in large blocks while the next one fills. */
export type BlockWriter = {
  readonly write: (chunk: Buffer) => Promise<void>;
  /** Writes what is left; afterwards the file system has everything. */
  readonly end: () => Promise<void>;
};

const blockBytes = 4 << 20;

/** A writer to the end of a file that is opened for appending; about `expectedBytes` will come. Two blocks of memory. */
export function blockWriter(file: FileHandle, expectedBytes: number): BlockWriter {
  const size = Math.max(1, Math.min(blockBytes, expectedBytes));
  let filling: Buffer = Buffer.allocUnsafeSlow(size);
  let spare: Buffer | undefined;
  let filled = 0;
  let writing: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    await writing;
    const full = filling.subarray(0, filled);
    writing = file.writeFile(full);
    // Whoever waits for it next sees the failure.
    writing.catch(() => {});
    filled = 0;
    [filling, spare] = [spare ?? Buffer.allocUnsafeSlow(size), filling];
  }

  return {
    write: async (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const copied = chunk.copy(filling, filled, at);
        at += copied;
        filled += copied;
        if (filled === size) await flush();
      }
    },
    end: async () => {
      if (filled > 0) await flush();
      await writing;
    },
  };
}
