import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until there is a result: soon at first, then every few seconds, for at most `seconds`. Returns `undefined` at the
 * timeout or if `signal` aborts.
 */
export async function until<Answer>(
  seconds: number,
  signal: AbortSignal,
  look: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const end = Date.now() + seconds * 1000;
  for (let pause = 200; !signal.aborted; pause = Math.min(pause * 1.6, 5000)) {
    const answer = await look();
    if (answer !== undefined) return answer;
    if (Date.now() + pause > end) return undefined;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
