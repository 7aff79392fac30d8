import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  type EC2Client,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import { ask, askOfNew, isCode } from "./aws-failure.ts";
import { until } from "./patience.ts";
import type { SensorStep } from "./plan-launch.ts";
import type { FoundAddress } from "./region.ts";
import { sensorTags } from "./tags.ts";

/** Allocates the sensor's Elastic IP, unless it has one. */
export async function allocateAddress(
  client: EC2Client,
  { sensor, address }: SensorStep,
): Promise<FoundAddress> {
  if (address.found !== undefined) return address.found;
  const tags = { ResourceType: "elastic-ip" as const, Tags: sensorTags(sensor.name) };
  const { AllocationId, PublicIp } = await ask("AllocateAddress", () =>
    client.send(new AllocateAddressCommand({ Domain: "vpc", TagSpecifications: [tags] })),
  );
  return {
    id: AllocationId ?? "",
    address: PublicIp ?? "",
    sensor: sensor.name,
    instanceId: undefined,
    associationId: undefined,
  };
}

/** Associates the address with the sensor's running instance, even if another one still has it. */
export async function associateAddress(
  client: EC2Client,
  address: FoundAddress,
  instanceId: string,
): Promise<void> {
  await askOfNew("AssociateAddress", () =>
    client.send(
      new AssociateAddressCommand({
        AllocationId: address.id,
        InstanceId: instanceId,
        AllowReassociation: true,
      }),
    ),
  );
}

/** Releases an address. Retries while a terminating instance still uses it. */
export async function releaseAddress(client: EC2Client, id: string): Promise<void> {
  let last: unknown;
  const done = await until(60, new AbortController().signal, async () => {
    try {
      await ask("ReleaseAddress", () => client.send(new ReleaseAddressCommand({ AllocationId: id })));
      return true;
    } catch (error) {
      if (isCode(error, "InvalidAllocationID.NotFound")) return true;
      if (!isCode(error, "InvalidIPAddress.InUse", "InvalidAddress.Locked")) throw error;
      last = error;
      return undefined;
    }
  });
  if (done === undefined) throw last;
}
