export type Random = {
  /** A whole number from 0 to `below` - 1. */
  readonly below: (below: number) => number;
};

/** The same numbers for the same seed (mulberry32), so that a failure can be repeated. */
export function makeRandom(seed: number): Random {
  let state = seed;
  return {
    below: (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
    },
  };
}
