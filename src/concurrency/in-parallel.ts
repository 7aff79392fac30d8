import pLimit from "p-limit";

/**
 * Calls `work` for every item in order, at most `atOnce` at a time. Starts no more after the first failure, or once
 * `goesOn` returns false; throws the failure after all started work has ended.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
  goesOn: () => boolean = () => true,
): Promise<void> {
  const limit = pLimit(atOnce);
  let hasFailed = false;
  const results = await Promise.allSettled(
    items.map((item) =>
      limit(async () => {
        if (hasFailed || !goesOn()) return;
        await work(item).catch((error) => {
          hasFailed = true;
          throw error;
        });
      }),
    ),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
