import type { EC2Client } from "@aws-sdk/client-ec2";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { AwsFailure } from "./aws-failure.ts";
import type { TemplateReference } from "./ensure-template.ts";
import type { LaunchPlan } from "./plan-launch.ts";
import type { FoundAddress, FoundInstance, Region } from "./region.ts";

/** How a change of the account speaks and stops. */
export type Run = {
  /** One line as something happens to a sensor. */
  readonly tell: (line: string) => void;
  /** When it fires nothing more is started; what is under way is finished. */
  readonly signal: AbortSignal;
};

/** One region's launch under way: what was made so far and what failed, by the sensor's name. */
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

/** The world's failure as a value, so that one sensor's does not end the others'; one that all would share ends them. */
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

/** Notes that a sensor's launch failed, and says so. */
export function fail({ failures, run }: Work, sensor: string, failure: OutsideError): void {
  failures.set(sensor, failure);
  run.tell(`${sensor}: ${failure.message}`);
}

/** Whether anything more may be started. */
export function goesOn({ run, hopeless }: Work): boolean {
  return !run.signal.aborted && hopeless === undefined;
}
