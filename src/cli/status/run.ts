import { knownHostsLine } from "../../ec2/host-keys.ts";
import { readRegion } from "../../ec2/read-region.ts";
import { readStatus, type SensorStatus } from "../../ec2/read-status.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { Ec2Sensor } from "../../ec2/sensor.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { byRegion, compileFleet, inEachRegion, loadFleet } from "../shared/open-ec2.ts";
import type { Streams } from "../shared/streams.ts";
import type { StatusOptions } from "./options.ts";

/** Shows the state of the EC2 sensors; changes nothing. */
export async function status(file: string, options: StatusOptions, { streams }: Context): Promise<number> {
  const fleet = await loadFleet(file, { ...options, readSecrets: true }, streams);
  const sensors = await compileFleet(fleet, options, streams);
  const found = await inEachRegion(byRegion(sensors), async (client, name, some) =>
    readStatus(client, some, await readRegion(client, name, some)),
  );
  // With --sensor the file's other sensors are not loaded, so they would look unknown.
  const statuses = found.flat().filter(({ isInSettings }) => isInSettings || options.sensor === undefined);
  const byName = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  if (options.format === "json") streams.json({ sensors: statuses.map((one) => plain(one, byName)) });
  else show(statuses, byName, file, streams);
  return exitCodes.fine;
}

function show(
  statuses: readonly SensorStatus[],
  sensors: ReadonlyMap<string, Ec2Sensor>,
  file: string,
  streams: Streams,
): void {
  const rows = statuses.map((one) => [
    one.sensor,
    one.region,
    one.instanceId ?? "",
    one.state,
    one.checks,
    one.address ?? "",
    one.launched?.slice(0, 16).replace("T", " ") ?? "",
    againstSettings(one, sensors.get(one.sensor)?.ec2.region, file),
  ]);
  const heads = ["SENSOR", "REGION", "INSTANCE", "STATE", "CHECKS", "ADDRESS", "LAUNCHED (UTC)", "SETTINGS"];
  streams.result(renderTable(heads, rows));
  const pins = statuses.flatMap((one) => pinsOf(one, sensors));
  if (pins.length === 0) return;
  streams.say("SSH host keys from the console output; add these lines to ~/.ssh/known_hosts to pin them:");
  for (const { sensor, type, fingerprint, known_hosts } of pins)
    streams.result(`${sensor}  ${fingerprint} (${type})${known_hosts === null ? "" : `\n${known_hosts}`}\n`);
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

function pinsOf({ sensor, address, hostKeys }: SensorStatus, sensors: ReadonlyMap<string, Ec2Sensor>) {
  const port = sensors.get(sensor)?.admin.sshPort ?? 22;
  return hostKeys.map((key) => ({
    sensor,
    type: key.type,
    fingerprint: key.fingerprint,
    known_hosts: address === undefined ? null : (knownHostsLine(address, port, key) ?? null),
  }));
}

function plain(one: SensorStatus, sensors: ReadonlyMap<string, Ec2Sensor>): object {
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
