import { DescribeAddressesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { ask } from "./aws-failure.ts";
import type { FoundAddress } from "./region.ts";
import { fromAws, oursFilter, tagKeys } from "./tags.ts";

/** Reads our Elastic IPs. The API does not paginate them. */
export async function readAddresses(client: EC2Client): Promise<readonly FoundAddress[]> {
  const { Addresses } = await ask("DescribeAddresses", () =>
    client.send(new DescribeAddressesCommand({ Filters: [oursFilter] })),
  );
  return (Addresses ?? []).map((address) => ({
    id: address.AllocationId ?? "",
    address: address.PublicIp ?? "",
    sensor: fromAws(address.Tags)[tagKeys.sensor] ?? "",
    instanceId: address.InstanceId === "" ? undefined : address.InstanceId,
    associationId: address.AssociationId === "" ? undefined : address.AssociationId,
  }));
}
