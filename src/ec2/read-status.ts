import { type EC2Client, GetConsoleOutputCommand, paginateDescribeInstanceStatus } from "@aws-sdk/client-ec2";
import { inParallel } from "../concurrency/in-parallel.ts";
import { ask, isCode } from "./aws-failure.ts";
import { changesAtOnce } from "./changes-at-once.ts";
import { driftOf } from "./drift.ts";
import { type HostKey, hostKeysOf } from "./host-keys.ts";
import { isAlive, type Region } from "./region.ts";
import type { Ec2Sensor } from "./sensor.ts";

/** The state of one sensor. */
export type SensorStatus = {
  readonly sensor: string;
  readonly region: string;
  /** `absent` if there is no instance. */
  readonly state: string;
  readonly instanceId: string | undefined;
  readonly address: string | undefined;
  readonly launched: string | undefined;
  /** EC2's two checks in words: `ok`, `initializing`, `system impaired`, ... */
  readonly checks: string;
  /** The differences from the settings; empty if there are none or the settings do not name the sensor. */
  readonly drift: readonly string[];
  readonly hostKeys: readonly HostKey[];
  /** Whether this settings file names the sensor. */
  readonly isInSettings: boolean;
};

/** The state of the sensors in one region: those of the settings in order, then our other sensors. */
export async function readStatus(
  client: EC2Client,
  sensors: readonly Ec2Sensor[],
  region: Region,
): Promise<readonly SensorStatus[]> {
  const alive = region.instances.filter(isAlive);
  const named = new Set(sensors.map(({ name }) => name));
  const [checks, hostKeys] = await Promise.all([
    readChecks(client),
    readHostKeys(
      client,
      alive.filter(({ sensor }) => named.has(sensor)).map(({ id }) => id),
    ),
  ]);
  const statusOf = (name: string, sensor: Ec2Sensor | undefined): readonly SensorStatus[] => {
    const address = region.addresses.find((one) => one.sensor === name)?.address;
    const found = alive.filter((instance) => instance.sensor === name);
    const common = { sensor: name, region: region.name, isInSettings: sensor !== undefined };
    if (found.length === 0)
      return [
        {
          ...common,
          state: "absent",
          instanceId: undefined,
          address,
          launched: undefined,
          checks: "",
          drift: [],
          hostKeys: [],
        },
      ];
    return found.map((instance) => ({
      ...common,
      state: instance.state,
      instanceId: instance.id,
      address: instance.publicAddress ?? address,
      launched: instance.launched,
      checks: checks.get(instance.id) ?? "",
      drift: [
        ...(found.length > 1 ? [`${found.length} instances have its name`] : []),
        ...(sensor === undefined ? [] : driftOf(sensor, instance, region)),
      ],
      hostKeys: hostKeys.get(instance.id) ?? [],
    }));
  };
  const others = new Set(alive.map(({ sensor }) => sensor).filter((name) => !named.has(name)));
  return [
    ...sensors.flatMap((sensor) => statusOf(sensor.name, sensor)),
    ...[...others].sort().flatMap((name) => statusOf(name, undefined)),
  ];
}

async function readChecks(client: EC2Client): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await ask("DescribeInstanceStatus", async () => {
    for await (const page of paginateDescribeInstanceStatus({ client, pageSize: 100 }, {}))
      for (const { InstanceId, InstanceStatus, SystemStatus } of page.InstanceStatuses ?? [])
        found.set(InstanceId ?? "", checkText(SystemStatus?.Status ?? "", InstanceStatus?.Status ?? ""));
  });
  return found;
}

function checkText(system: string, instance: string): string {
  if (system === instance) return system;
  return [
    ["system", system],
    ["instance", instance],
  ]
    .filter(([, status]) => status !== "ok")
    .map(([what, status]) => `${what} ${status}`)
    .join(", ");
}

// If the console cannot be read, the status has no host keys; that is not a failure.
async function readHostKeys(
  client: EC2Client,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly HostKey[]>> {
  const found = new Map<string, readonly HostKey[]>();
  await inParallel(ids, changesAtOnce, async (id) => {
    try {
      const { Output } = await ask("GetConsoleOutput", () =>
        client.send(new GetConsoleOutputCommand({ InstanceId: id })),
      );
      found.set(id, hostKeysOf(Buffer.from(Output ?? "", "base64").toString("utf8")));
    } catch (error) {
      if (!isCode(error, "InvalidInstanceID.NotFound", "UnsupportedOperation", "IncorrectInstanceState"))
        throw error;
    }
  });
  return found;
}
