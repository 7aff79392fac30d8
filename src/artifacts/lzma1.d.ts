/** lzma1's types point to its TypeScript sources, which fail our compiler's stricter checks. */
export function compress(data: Uint8Array, mode: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9): Uint8Array;
