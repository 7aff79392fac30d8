import { setTimeout } from "node:timers/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * Tries until `attempt` returns something other than `undefined` or `false`, and returns that. After `seconds`
 * (generous: a busy machine is slow, not wrong) it throws `OutsideError` with `what` and the last error of an attempt.
 */
export async function waitFor<Value>(
  what: string,
  attempt: () => Promise<Value | undefined | false>,
  seconds = 600,
): Promise<Value> {
  const end = Date.now() + seconds * 1000;
  for (let problem = ""; ; ) {
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      if (error instanceof GaveUp) throw error;
      problem = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() > end) throw new OutsideError(`waited ${seconds} s in vain for ${what}${problem}`);
    await setTimeout(500);
  }
}

/** Thrown by an attempt that can never succeed. */
export class GaveUp extends OutsideError {}
