import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks again until the answer is there: soon at first, then every few seconds, as long as `seconds`. Gives
 * `undefined` when time is up or `signal` says to stop.
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
