import type { Plan } from "../plan/plan.ts";
import type { Secrets } from "./payload.ts";

/**
 * An upper bound of a sensor's user-data in bytes if its programs are delivered separately, without compiling it, because
 * `check` may handle thousands of sensors. `undefined` if the programs must be in the user-data.
 */
export function sizeBound(plan: Plan, secrets: Secrets): number | undefined {
  if (plan.delivery === "user-data" && plan.programsUrl === undefined) return undefined;
  const values = [JSON.stringify(plan), ...secrets.values()];
  // Doubled, because a value may occur twice, and incompressible data grows by a third in base64.
  return fixedBytes + 2 * values.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** The packed size of the files in every sensor's user-data; `test/artifacts/size-bound.test.ts` checks it. */
const fixedBytes = 11_000;
