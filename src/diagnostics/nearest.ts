/**
 * The nearest word at an edit distance of one or two; the first of several. Never a word of which two edits change half
 * of the letters or more.
 */
export function nearest(written: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  const letters = lettersOf(written);
  for (const word of words) {
    if (Math.abs(word.length - written.length) >= bestDistance) continue;
    // An edit adds at most one letter that the other word does not have, and this is much faster to count.
    const others = lettersOf(word);
    if (count(letters & ~others) >= bestDistance || count(others & ~letters) >= bestDistance) continue;
    const distance = editDistance(written, word, bestDistance);
    const longest = Math.max(word.length, written.length);
    if (distance < bestDistance && (distance === 1 ? longest > 1 : 2 * distance < longest)) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** The letters of a word as bits; two letters may share one. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let index = 0; index < word.length; index++) letters |= 1 << (word.charCodeAt(index) & 31);
  return letters;
}

function count(bits: number): number {
  let rest = bits;
  let ones = 0;
  for (; rest !== 0; rest &= rest - 1) ones += 1;
  return ones;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that make one word of the other; `limit` for any distance
 * from there on: most words are far apart after their first letters.
 */
export function editDistance(left: string, right: string, limit = Number.POSITIVE_INFINITY): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let leastOfRow = row;
    for (let column = 1; column <= right.length; column++) {
      const differs = left[row - 1] === right[column - 1] ? 0 : 1;
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + differs,
      );
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1])
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      current.push(least);
      leastOfRow = Math.min(leastOfRow, least);
    }
    if (leastOfRow >= limit) return limit;
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
