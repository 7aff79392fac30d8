/**
 * Does the work for each item, at most `limit` at a time, and starts nothing more once `goOn` says no. What was
 * started is finished; the work itself must not throw.
 */
export async function pool<Item>(
  items: readonly Item[],
  limit: number,
  goOn: () => boolean,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    while (goOn()) {
      const item = queue.shift();
      if (item === undefined) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/** Most changes under way at once in one region: EC2 lets an account launch about two instances a second. */
export const changesAtOnce = 8;
