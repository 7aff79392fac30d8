import { EC2Client } from "@aws-sdk/client-ec2";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { Ec2Sensor } from "../../ec2/sensor.ts";
import { ec2SensorOf } from "../../ec2/sensor-of.ts";
import { type Loaded, loadSettings, type SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import type { Ec2Plan } from "../../plan/ec2-plan.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { processWorld } from "./process-world.ts";
import { tellProblems } from "./report.ts";
import { tooLarge } from "./size-problems.ts";
import type { Streams } from "./streams.ts";

/** A sensor of the settings that is to run on EC2. */
export type FleetSensor = SensorPlan & { readonly ec2: Ec2Plan };

export type Fleet = { readonly loaded: Loaded; readonly sensors: readonly FleetSensor[] };

/** A command that ends before it has begun; its reasons have been told. */
export type Ends = { readonly exit: number };

/** The sensors of a settings file that are EC2's, in the file's order; the others are none of the command's business. */
export async function loadFleet(
  file: string,
  options: { readonly sensor?: string; readonly readSecrets: boolean },
  streams: Streams,
): Promise<Fleet | Ends> {
  const only = options.sensor === undefined ? {} : { only: options.sensor };
  const loaded = await loadSettings(file, processWorld(), {
    readSecrets: options.readSecrets,
    secretsFor: "ec2",
    ...only,
  });
  tellProblems(loaded.diagnostics, loaded.source, streams);
  const exit = exitCode(loaded.diagnostics, { strict: false });
  if (exit !== exitCodes.fine) return { exit };
  const ofEc2 = loaded.sensors.filter(({ plan }) => plan.target === "ec2");
  if (ofEc2.length === 0) {
    const who = options.sensor === undefined ? `no sensor of ${file}` : `${options.sensor} is not`;
    throw new UsageError(
      options.sensor === undefined ? `${who} has target: ec2` : `${who} a sensor of EC2`,
      "write target: ec2, and ec2: {region: eu-central-1}",
    );
  }
  const homeless = ofEc2.filter(({ plan }) => plan.ec2 === undefined).map(({ plan }) => plan.name);
  if (homeless.length > 0)
    throw new UsageError(
      `no region is written for ${homeless.join(", ")}`,
      "write ec2: {region: eu-central-1}, e.g. under defaults",
    );
  const sensors = ofEc2.flatMap((sensor) => (sensor.plan.ec2 ? [{ ...sensor, ec2: sensor.plan.ec2 }] : []));
  return { loaded, sensors };
}

/** Compiles the sensors. One that is too large for EC2 ends the command. */
export async function compileFleet(
  { loaded, sensors }: Fleet,
  streams: Streams,
): Promise<readonly Ec2Sensor[] | Ends> {
  const release = await readRelease();
  const compiled: Ec2Sensor[] = [];
  const problems = sensors.flatMap((sensor) => {
    const made = ec2SensorOf(sensor.plan, sensor.ec2, sensor.secrets, release);
    if ("contributors" in made) return [tooLarge(sensor, made)];
    compiled.push(made);
    return [];
  });
  if (problems.length === 0) return compiled;
  tellProblems(problems, loaded.source, streams);
  return { exit: exitCodes.settings };
}

/** What belongs together by region, in the order in which regions are first named. */
export function byRegion<Item extends { readonly ec2: Ec2Plan }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const regions = new Map<string, Item[]>();
  for (const item of items) regions.set(item.ec2.region, [...(regions.get(item.ec2.region) ?? []), item]);
  return regions;
}

/**
 * A client for one region. Credentials, endpoint and proxies are found as by every tool of AWS's; requests that
 * are throttled slow the whole client down instead of failing.
 */
export function clientFor(region: string): EC2Client {
  // The notice is about a later release of the SDK, not about what this one can do.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  return new EC2Client({
    region,
    retryMode: "adaptive",
    maxAttempts: 8,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  });
}

/** Does the work in every region at once; a failure of the whole names its region. */
export async function inEachRegion<Item, Result>(
  regions: ReadonlyMap<string, readonly Item[]>,
  work: (client: EC2Client, region: string, items: readonly Item[]) => Promise<Result>,
): Promise<readonly Result[]> {
  return Promise.all(
    [...regions].map(async ([region, items]) => {
      try {
        return await work(clientFor(region), region, items);
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        throw new OutsideError(`${region}: ${error.message}`, error.hint);
      }
    }),
  );
}
