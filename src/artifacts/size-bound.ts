import type { Plan } from "../plan/plan.ts";
import type { Secrets } from "./payload.ts";

/**
 * Bytes that the user-data of a sensor has at the most once its programs travel by another way, without compiling it:
 * `check` asks about thousands of sensors. `undefined` where the programs have no other way.
 */
export function sizeBound(plan: Plan, secrets: Secrets): number | undefined {
  if (plan.delivery === "user-data" && plan.programsUrl === undefined) return undefined;
  const values = [JSON.stringify(plan), ...secrets.values()];
  // Twice: a value may occur twice, and what does not compress grows by a third in base64.
  return fixedBytes + 2 * values.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** What every sensor's user-data holds, packed; `test/artifacts/size-bound.test.ts` says when this is too little. */
const fixedBytes = 11_000;
