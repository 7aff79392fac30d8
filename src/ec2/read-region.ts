import {
  DescribeInstanceAttributeCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeSecurityGroups,
} from "@aws-sdk/client-ec2";
import { inParallel } from "../concurrency/in-parallel.ts";
import { ask, isCode } from "./aws-failure.ts";
import { changesAtOnce } from "./changes-at-once.ts";
import { fromPermissions } from "./permissions.ts";
import { readAddresses } from "./read-addresses.ts";
import { readArchitectures, readImages } from "./read-images.ts";
import { type FoundGroup, type FoundInstance, type FoundTemplate, isAlive, type Region } from "./region.ts";
import type { Ec2Sensor } from "./sensor.ts";
import { fromAws, oursFilter, tagKeys } from "./tags.ts";

/** Page size for instances, groups and so on. */
const pageSize = 100;

/** Reads our resources in one region, and the facts that a launch of these sensors needs. Changes nothing. */
export async function readRegion(
  client: EC2Client,
  name: string,
  sensors: readonly Ec2Sensor[],
): Promise<Region> {
  // The first request alone, so that the SDK looks for credentials once and missing ones are reported once.
  const instances = await readInstances(client);
  const [groups, templates, addresses, architectures, networks, sameUserData] = await Promise.all([
    readGroups(client),
    readTemplates(client),
    readAddresses(client),
    readArchitectures(client, [...new Set(sensors.map(({ ec2 }) => ec2.instanceType))]),
    readNetworks(client, [...new Set(sensors.map(({ ec2 }) => ec2.subnet ?? ""))]),
    compareUserData(client, sensors, instances),
  ]);
  const images = await readImages(client, sensors, architectures);
  return { name, instances, groups, templates, addresses, architectures, networks, images, sameUserData };
}

/** Reads our instances in any state. */
export async function readInstances(client: EC2Client): Promise<readonly FoundInstance[]> {
  return ask("DescribeInstances", async () => {
    const found: FoundInstance[] = [];
    for await (const page of paginateDescribeInstances({ client, pageSize }, { Filters: [oursFilter] }))
      for (const { Instances } of page.Reservations ?? [])
        found.push(...(Instances ?? []).map(foundInstance));
    return found;
  });
}

/** Reads our security groups with their rules. */
export async function readGroups(client: EC2Client, ids?: readonly string[]): Promise<readonly FoundGroup[]> {
  const which =
    ids === undefined ? { Filters: [oursFilter] } : { Filters: [{ Name: "group-id", Values: [...ids] }] };
  return ask("DescribeSecurityGroups", async () => {
    const found: FoundGroup[] = [];
    for await (const page of paginateDescribeSecurityGroups({ client, pageSize }, which))
      for (const group of page.SecurityGroups ?? [])
        found.push({
          id: group.GroupId ?? "",
          name: group.GroupName ?? "",
          network: group.VpcId ?? "",
          ingress: fromPermissions(group.IpPermissions),
          egress: fromPermissions(group.IpPermissionsEgress),
        });
    return found;
  });
}

/** Reads our launch templates. */
export async function readTemplates(client: EC2Client): Promise<readonly FoundTemplate[]> {
  return ask("DescribeLaunchTemplates", async () => {
    const found: FoundTemplate[] = [];
    for await (const page of paginateDescribeLaunchTemplates({ client, pageSize }, { Filters: [oursFilter] }))
      for (const template of page.LaunchTemplates ?? [])
        found.push({
          id: template.LaunchTemplateId ?? "",
          name: template.LaunchTemplateName ?? "",
          versions: template.LatestVersionNumber ?? 1,
        });
    return found;
  });
}

function foundInstance(instance: Instance): FoundInstance {
  const tags = fromAws(instance.Tags);
  return {
    id: instance.InstanceId ?? "",
    state: instance.State?.Name ?? "",
    sensor: tags[tagKeys.sensor] ?? "",
    tags,
    instanceType: instance.InstanceType ?? "",
    imageId: instance.ImageId ?? "",
    publicAddress: instance.PublicIpAddress,
    privateAddress: instance.PrivateIpAddress,
    groupIds: (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    launched: instance.LaunchTime?.toISOString() ?? "",
  };
}

async function readNetworks(
  client: EC2Client,
  subnets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const named = subnets.filter((subnet) => subnet !== "");
  if (subnets.includes("")) {
    const filter = { Name: "is-default", Values: ["true"] };
    const { Vpcs } = await ask("DescribeVpcs", () =>
      client.send(new DescribeVpcsCommand({ Filters: [filter] })),
    );
    if (Vpcs?.[0]?.VpcId !== undefined) found.set("", Vpcs[0].VpcId);
  }
  if (named.length > 0) {
    const filter = { Name: "subnet-id", Values: named };
    const { Subnets } = await ask("DescribeSubnets", () =>
      client.send(new DescribeSubnetsCommand({ Filters: [filter] })),
    );
    for (const { SubnetId, VpcId } of Subnets ?? []) found.set(SubnetId ?? "", VpcId ?? "");
  }
  return found;
}

// Only if the tags match the settings: the stored user-data shows whether a secret has changed.
async function compareUserData(
  client: EC2Client,
  sensors: readonly Ec2Sensor[],
  instances: readonly FoundInstance[],
): Promise<ReadonlyMap<string, boolean>> {
  const same = new Map<string, boolean>();
  const byName = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  const doubtful = instances
    .filter(isAlive)
    .filter(({ sensor, tags }) => byName.get(sensor)?.userDataDigest === tags[tagKeys.userData]);
  await inParallel(doubtful, changesAtOnce, async ({ id, sensor }) => {
    try {
      const request = { InstanceId: id, Attribute: "userData" as const };
      const { UserData } = await ask("DescribeInstanceAttribute", () =>
        client.send(new DescribeInstanceAttributeCommand(request)),
      );
      const stored = Buffer.from(UserData?.Value ?? "", "base64");
      same.set(id, stored.equals(byName.get(sensor)?.userData ?? new Uint8Array()));
    } catch (error) {
      if (!isCode(error, "InvalidInstanceID.NotFound")) throw error;
    }
  });
  return same;
}
