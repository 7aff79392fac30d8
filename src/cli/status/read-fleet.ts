import { setMaxListeners } from "node:events";
import { settingsDigest } from "../../artifacts/digest.ts";
import { inParallel } from "../../concurrency/in-parallel.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { SensorPlan } from "../../load/load.ts";
import { type QueryOptions, querySensor } from "../../machines/query-sensor.ts";
import type { SensorReport } from "../../machines/sensor-report.ts";
import type { Destination } from "../../machines/ssh.ts";
import type { Plan } from "../../plan/plan.ts";
import { unknownAddress } from "../shared/find-destination.ts";

/** One sensor of the settings, and its answer or why there is none. */
export type SensorState = {
  readonly plan: Plan;
  readonly address: string | undefined;
  readonly answer: SensorReport | OutsideError;
  /** In words; empty if the sensor is as the settings describe it, or if that is unknown. */
  readonly drift: readonly string[];
};

/** Connections at the same time. */
const queriesAtOnce = 16;

/** Asks all sensors in parallel and returns their states in order. `version` is that of this program. */
export async function readFleet(
  sensors: readonly SensorPlan[],
  find: (plan: Plan) => Promise<Destination | undefined>,
  version: string,
  options: QueryOptions & { readonly onAnswer?: () => void },
): Promise<readonly SensorState[]> {
  // Each connection listens to it.
  setMaxListeners(queriesAtOnce + 10, options.signal);
  const states = new Map<string, SensorState>();
  await inParallel(sensors, queriesAtOnce, async ({ plan }) => {
    let address: string | undefined;
    let answer: SensorState["answer"];
    try {
      const to = await find(plan);
      if (to === undefined) throw unknownAddress(plan, "status");
      address = to.address;
      answer = await querySensor(plan.name, to, options);
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      answer = error;
    }
    const drift = answer instanceof OutsideError ? [] : driftOf(plan, answer, version);
    states.set(plan.name, { plan, address, answer, drift });
    options.onAnswer?.();
  });
  return sensors.flatMap(({ plan }) => states.get(plan.name) ?? []);
}

function driftOf(plan: Plan, { facts }: SensorReport, version: string): readonly string[] {
  const { files_changed: files = 0 } = facts;
  const isOther = facts.version !== undefined && facts.version !== version;
  const hasOtherSettings =
    facts.settings_digest !== undefined && facts.settings_digest !== settingsDigest(plan);
  return [
    // Another version may have another digest of the same settings.
    ...(isOther ? ["version"] : hasOtherSettings ? ["settings"] : []),
    ...(files === 0 ? [] : [files === 1 ? "1 file" : `${files} files`]),
  ];
}
