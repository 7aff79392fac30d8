import type { Card } from "../../src/card/card.ts";

/** What may go wrong with a card, by the position of the block it happens to. */
export type Faults = {
  readonly losesWriteAt?: number;
  readonly losesTailAt?: number;
  readonly failsWriteAt?: number;
  readonly failsReadAt?: number;
  readonly flipsBitAt?: number;
  readonly failsSync?: boolean;
  /** A counterfeit card: blocks beyond this one are written to the beginning. */
  readonly trueBytes?: number;
};

/** A card in memory, with faults; `calls` lists the operations in order. */
export function fakeCard(
  bytes: number,
  faults: Faults = {},
): Card & { readonly content: Uint8Array; readonly calls: string[] } {
  const content = new Uint8Array(bytes).fill(0xee);
  const calls: string[] = [];
  const wrap = (position: number) => position % (faults.trueBytes ?? bytes);
  const fail = (code: string) =>
    Promise.reject(Object.assign(new Error(`${code}: i/o error`), { code, syscall: "write" }));
  return {
    content,
    calls,
    isDirect: true,
    write: (given, position) => {
      calls.push(`write ${position} ${given.length}`);
      if (given.length % 512 !== 0 || position % 512 !== 0) return fail("EINVAL");
      if (position + given.length > bytes) return fail("ENOSPC");
      if (position === faults.failsWriteAt) return fail("EIO");
      if (position === faults.losesWriteAt) return Promise.resolve();
      const kept = position === faults.losesTailAt ? given.subarray(0, given.length - 512) : given;
      content.set(kept, wrap(position));
      return Promise.resolve();
    },
    read: (given, position) => {
      calls.push(`read ${position} ${given.length}`);
      if (position === faults.failsReadAt) return fail("EIO");
      given.set(content.subarray(wrap(position), wrap(position) + given.length));
      return Promise.resolve();
    },
    sync: () => {
      calls.push("sync");
      if (faults.flipsBitAt !== undefined)
        content[faults.flipsBitAt] = (content[faults.flipsBitAt] ?? 0) ^ 0x10;
      return faults.failsSync ? fail("EIO") : Promise.resolve();
    },
    close: async () => void calls.push("close"),
  };
}
