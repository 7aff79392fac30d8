import type { EC2Client } from "@aws-sdk/client-ec2";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { AwsFailure } from "./aws-failure.ts";
import type { TemplateReference } from "./ensure-template.ts";
import type { LaunchPlan } from "./plan-launch.ts";
import type { FoundAddress, FoundInstance, Region } from "./region.ts";

/** Output and interruption of a change to the account. */
export type Run = {
  /** Prints one line about an event. */
  readonly tell: (line: string) => void;
  /** Begins to count instances; each call of the result counts one more. */
  readonly count: (label: string, total: number) => () => void;
  /** After an abort no new call starts; running calls finish. */
  readonly signal: AbortSignal;
};

/** The state of one region's launch: created resources and failures, by the sensor's name. */
export type Work = {
  readonly client: EC2Client;
  readonly plan: LaunchPlan;
  readonly region: Region;
  readonly run: Run;
  readonly groups: Map<string, string | OutsideError>;
  readonly templates: Map<string, TemplateReference | OutsideError>;
  readonly instances: Map<string, string>;
  readonly addresses: Map<string, FoundAddress>;
  readonly failures: Map<string, OutsideError>;
  listed: readonly FoundInstance[];
  hopeless: OutsideError | undefined;
};

/** Returns an outside failure as a value, so that it does not stop other sensors; rethrows one that would affect all. */
export async function attempt<Answer>(
  work: { hopeless: OutsideError | undefined },
  deed: () => Promise<Answer>,
): Promise<Answer | OutsideError> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    if (error instanceof AwsFailure && error.isHopeless) work.hopeless ??= error;
    return error;
  }
}

/** Records and reports that a sensor's launch failed. */
export function fail({ failures, run }: Work, sensor: string, failure: OutsideError): void {
  failures.set(sensor, failure);
  run.tell(`${sensor}: ${failure.message}`);
}

/** Whether a new call may start. */
export function goesOn({ run, hopeless }: Work): boolean {
  return !run.signal.aborted && hopeless === undefined;
}
