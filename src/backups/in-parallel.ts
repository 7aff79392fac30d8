/** Calls `work` for every item, at most `atOnce` at a time, in order of beginning. The first failure stops it. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  let isStopped = false;
  async function worker(): Promise<void> {
    while (next < items.length && !isStopped) {
      const item = items[next++] as Item;
      await work(item).catch((error) => {
        isStopped = true;
        throw error;
      });
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
