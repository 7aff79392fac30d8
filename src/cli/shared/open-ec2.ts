import { EC2Client } from "@aws-sdk/client-ec2";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import type { Ec2Sensor } from "../../ec2/sensor.ts";
import { ec2SensorOf } from "../../ec2/sensor-of.ts";
import type { Loaded, SensorPlan } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import { type SensorSize, tooLargeProblems } from "../../load/too-large.ts";
import type { Ec2Plan } from "../../plan/ec2-plan.ts";
import { UsageError } from "./exit.ts";
import { openSettings, refuseProblems, type SettingsOptions } from "./open-settings.ts";
import { counted, showProgress } from "./progress.ts";
import type { Streams } from "./streams.ts";

/** A sensor of the settings whose target is EC2. */
export type FleetSensor = SensorPlan & { readonly ec2: Ec2Plan };

export type Fleet = { readonly loaded: Loaded; readonly sensors: readonly FleetSensor[] };

/** The sensors of a settings file whose target is EC2, in the file's order. */
export async function loadFleet(
  file: string,
  options: SettingsOptions & { readonly readSecrets: boolean },
  streams: Streams,
): Promise<Fleet> {
  const { sensor, readSecrets } = options;
  const loaded = await openSettings(file, options, { readSecrets, secretsFor: "ec2" }, streams);
  const ofEc2 = loaded.sensors.filter(({ plan }) => plan.target === "ec2");
  if (ofEc2.length === 0)
    throw new UsageError(
      sensor === undefined
        ? `no sensor of ${file} has target: ec2`
        : `${sensor.join(", ")}: not a sensor of EC2`,
      "write target: ec2, and ec2: {region: eu-central-1}",
    );
  const homeless = ofEc2.filter(({ plan }) => plan.ec2 === undefined).map(({ plan }) => plan.name);
  if (homeless.length > 0)
    throw new UsageError(
      `no region is written for ${homeless.join(", ")}`,
      "write ec2: {region: eu-central-1}, e.g. under defaults",
    );
  const sensors = ofEc2.flatMap((sensor) => (sensor.plan.ec2 ? [{ ...sensor, ec2: sensor.plan.ec2 }] : []));
  return { loaded, sensors };
}

/** Compiles the sensors. Throws if one is too large for EC2. */
export async function compileFleet(
  { loaded, sensors }: Fleet,
  options: SettingsOptions,
  streams: Streams,
): Promise<readonly Ec2Sensor[]> {
  const release = await readRelease();
  const compiled: Ec2Sensor[] = [];
  const tooLarge: SensorSize[] = [];
  for (const sensor of counted(sensors, "compiling", "sensors", streams.status)) {
    const made = ec2SensorOf(sensor.plan, sensor.ec2, sensor.secrets, release);
    if (made.kind === "too-large") tooLarge.push({ sensor, size: made });
    else compiled.push(made);
  }
  refuseProblems(tooLargeProblems(tooLarge), loaded, options, streams);
  return compiled;
}

/** Groups items by region, in the order in which the regions are first named. */
export function byRegion<Item extends { readonly ec2: Ec2Plan }>(
  items: readonly Item[],
): ReadonlyMap<string, readonly Item[]> {
  const regions = new Map<string, Item[]>();
  for (const item of items) regions.set(item.ec2.region, [...(regions.get(item.ec2.region) ?? []), item]);
  return regions;
}

/**
 * A client for one region. Credentials, endpoint and proxies are found as by AWS's own tools. Throttled requests slow
 * the whole client down instead of failing.
 */
export function clientFor(region: string): EC2Client {
  // The notice concerns a later release of the SDK, not this one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  return new EC2Client({
    region,
    retryMode: "adaptive",
    maxAttempts: 8,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  });
}

/** Reads all regions concurrently; an error names its region. */
export async function inEachRegion<Item, Result>(
  regions: ReadonlyMap<string, readonly Item[]>,
  { status }: Streams,
  work: (client: EC2Client, region: string, items: readonly Item[]) => Promise<Result>,
): Promise<readonly Result[]> {
  const progress = showProgress(status);
  const isRead = progress.count("reading the account", regions.size, "regions");
  return Promise.all(
    [...regions].map(async ([region, items]) => {
      try {
        return await work(clientFor(region), region, items).finally(isRead);
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        throw new OutsideError(`${region}: ${error.message}`, error.hint);
      }
    }),
  ).finally(progress.end);
}
