/** Seconds since a time of `performance.now()`, with one decimal. */
export function secondsSince(begin: number): number {
  return Math.round((performance.now() - begin) / 100) / 10;
}
