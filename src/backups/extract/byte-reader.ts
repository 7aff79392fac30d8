import { OutsideError } from "../../diagnostics/outside-error.ts";

/** The content of an archive does not match its headers. */
export class Damaged extends OutsideError {
  constructor(message = "the archive is damaged: its content ends early") {
    super(message);
  }
}

/** Reads a stream in pieces of any size. Throws {@link Damaged} if required bytes are missing. */
export type ByteReader = {
  /** Returns exactly this many bytes; `undefined` at the end of the stream, unless they are required. */
  readonly take: (length: number, isDue?: boolean) => Promise<Buffer | undefined>;
  /** The next bytes in chunks. */
  readonly chunks: (length: number) => AsyncGenerator<Buffer>;
  /** Reads to the end and returns the number of bytes. */
  readonly drain: () => Promise<number>;
};

/** Starts reading `stream`. */
export function readBytes(stream: AsyncIterable<Buffer>): ByteReader {
  const source = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await source.next();
    if (done === true) return false;
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  return {
    take: async (length, isDue = false) => {
      while (rest.length < length)
        if (!(await more())) {
          if (rest.length === 0 && !isDue) return undefined;
          throw new Damaged();
        }
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    chunks: async function* (length) {
      for (let left = length; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw new Damaged();
        const taken = rest.subarray(0, left);
        rest = rest.subarray(taken.length);
        left -= taken.length;
        yield taken;
      }
    },
    drain: async () => {
      let bytes = rest.length;
      rest = Buffer.alloc(0);
      while (await more()) {
        bytes += rest.length;
        rest = Buffer.alloc(0);
      }
      return bytes;
    },
  };
}
