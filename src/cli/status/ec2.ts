import { OutsideError } from "../../diagnostics/outside-error.ts";
import { knownHostsLine } from "../../ec2/host-keys.ts";
import { readRegion } from "../../ec2/read-region.ts";
import { readStatus, type SensorStatus } from "../../ec2/read-status.ts";
import type { Ec2Sensor } from "../../ec2/sensor.ts";
import type { Loaded } from "../../load/load.ts";
import { byRegion, clientFor, compileFleet } from "../shared/open-ec2.ts";
import type { SettingsOptions } from "../shared/open-settings.ts";
import type { Streams } from "../shared/streams.ts";

/** A reading of every region, which has begun. */
export type Ec2Reading = {
  /** The public addresses of the sensors in one region. Throws `OutsideError` if it cannot be read. */
  readonly addressesIn: (region: string) => Promise<ReadonlyMap<string, string>>;
  readonly state: () => Promise<Ec2State>;
};

/** The instances of all regions. */
export type Ec2State = {
  /** Why regions could not be read. */
  readonly failures: readonly OutsideError[];
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The host keys to pin, one below the other; empty if no console has them. */
  readonly hostKeys: string;
  /** docs/status.md describes the keys. */
  readonly json: readonly object[];
};

/**
 * Compiles the sensors on EC2 for comparison with their instances, and returns a function that reads them. It changes
 * nothing. Throws if a sensor is too large for EC2.
 */
export async function openEc2(
  file: string,
  loaded: Loaded,
  options: SettingsOptions,
  streams: Streams,
): Promise<() => Ec2Reading> {
  const onEc2 = loaded.sensors.flatMap((one) =>
    one.plan.target === "ec2" && one.plan.ec2 ? [{ ...one, ec2: one.plan.ec2 }] : [],
  );
  const sensors = await compileFleet({ loaded, sensors: onEc2 }, options, streams);
  return () => {
    const regions = new Map(
      [...byRegion(sensors)].map(([region, some]) => [region, readInRegion(region, some)] as const),
    );
    const settled = Promise.allSettled(regions.values());
    return {
      addressesIn: async (region) => addressesOf((await regions.get(region)) ?? []),
      state: async () => {
        const results = await settled;
        const all = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
        // With --sensor the file's other sensors are not loaded, so they would look unknown.
        const statuses = all.filter(({ isInSettings }) => isInSettings || options.sensor === undefined);
        return {
          failures: results.flatMap(failureOf),
          heads: ["SENSOR", "REGION", "INSTANCE", "STATE", "CHECKS", "ADDRESS", "LAUNCHED (UTC)", "SETTINGS"],
          rows: statuses.map((one) => rowOf(one, sensors, file)),
          hostKeys: hostKeysText(statuses, sensors),
          json: statuses.map((one) => plain(one, sensors)),
        };
      },
    };
  };
}

function addressesOf(statuses: readonly SensorStatus[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { sensor, address } of statuses)
    if (address !== undefined && !found.has(sensor)) found.set(sensor, address);
  return found;
}

function failureOf(result: PromiseSettledResult<unknown>): readonly OutsideError[] {
  if (result.status === "fulfilled") return [];
  if (result.reason instanceof OutsideError) return [result.reason];
  throw result.reason;
}

async function readInRegion(name: string, sensors: readonly Ec2Sensor[]): Promise<readonly SensorStatus[]> {
  try {
    const client = clientFor(name);
    return await readStatus(client, sensors, await readRegion(client, name, sensors));
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    throw new OutsideError(`${name}: ${error.message}`, error.hint);
  }
}

function rowOf(one: SensorStatus, sensors: readonly Ec2Sensor[], file: string): readonly string[] {
  return [
    one.sensor,
    one.region,
    one.instanceId ?? "",
    one.state,
    one.checks,
    one.address ?? "",
    one.launched?.slice(0, 16).replace("T", " ") ?? "",
    againstSettings(one, sensors.find(({ name }) => name === one.sensor)?.ec2.region, file),
  ];
}

function hostKeysText(statuses: readonly SensorStatus[], sensors: readonly Ec2Sensor[]): string {
  const lines = statuses
    .flatMap((one) => pinsOf(one, sensors))
    .map(
      ({ sensor, type, fingerprint, known_hosts }) =>
        `${sensor}  ${fingerprint} (${type})${known_hosts === null ? "" : `\n${known_hosts}`}\n`,
    );
  if (lines.length === 0) return "";
  const about = "SSH host keys from the console output; add these lines to ~/.ssh/known_hosts to pin them:\n";
  return `\n${about}${lines.join("")}`;
}

function plain(one: SensorStatus, sensors: readonly Ec2Sensor[]): object {
  return {
    sensor: one.sensor,
    region: one.region,
    instance_id: one.instanceId ?? null,
    state: one.state,
    checks: one.checks || null,
    address: one.address ?? null,
    launched: one.launched ?? null,
    drift: one.drift,
    in_settings: one.isInSettings,
    host_keys: pinsOf(one, sensors).map(({ sensor: _, ...pin }) => pin),
  };
}

function againstSettings(
  { isInSettings, drift, instanceId }: SensorStatus,
  home: string | undefined,
  file: string,
): string {
  if (!isInSettings) return home === undefined ? `not in ${file}` : `the settings name ${home}`;
  if (instanceId === undefined) return "";
  return drift.length > 0 ? drift.join(", ") : "up to date";
}

function pinsOf({ sensor, address, hostKeys }: SensorStatus, sensors: readonly Ec2Sensor[]) {
  const port = sensors.find(({ name }) => name === sensor)?.admin.sshPort ?? 22;
  return hostKeys.map((key) => ({
    sensor,
    type: key.type,
    fingerprint: key.fingerprint,
    known_hosts: address === undefined ? null : (knownHostsLine(address, port, key) ?? null),
  }));
}
