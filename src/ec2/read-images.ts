import {
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  type EC2Client,
  type Image,
} from "@aws-sdk/client-ec2";
import { ask, isCode } from "./aws-failure.ts";
import { type Architecture, type FoundImage, imageQuery, newest } from "./images.ts";
import { imageKey } from "./launch-needs.ts";
import type { Ec2Sensor } from "./sensor.ts";

/** Reads the architectures of instance types, without types that the region does not have. */
export async function readArchitectures(
  client: EC2Client,
  types: readonly string[],
): Promise<ReadonlyMap<string, readonly Architecture[]>> {
  const found = new Map<string, readonly Architecture[]>();
  if (types.length === 0) return found;
  // A filter, because a single unknown name in the list of types fails the whole request.
  const answer = await ask("DescribeInstanceTypes", () =>
    client.send(
      new DescribeInstanceTypesCommand({ Filters: [{ Name: "instance-type", Values: [...types] }] }),
    ),
  );
  for (const { InstanceType, ProcessorInfo } of answer.InstanceTypes ?? [])
    found.set(
      InstanceType ?? "",
      (["x86_64", "arm64"] as const).filter((name) => ProcessorInfo?.SupportedArchitectures?.includes(name)),
    );
  return found;
}

/** Reads the image of each sensor by its key, without those that do not exist or that EC2 itself resolves. */
export async function readImages(
  client: EC2Client,
  sensors: readonly Ec2Sensor[],
  architectures: ReadonlyMap<string, readonly Architecture[]>,
): Promise<ReadonlyMap<string, FoundImage>> {
  const wanted = new Map<string, ReturnType<typeof imageQuery>>();
  for (const sensor of sensors) {
    const architecture = architectures.get(sensor.ec2.instanceType)?.[0];
    if (architecture !== undefined)
      wanted.set(imageKey(sensor, architecture), imageQuery(sensor.ec2.image, sensor.os, architecture));
  }
  const found = new Map<string, FoundImage>();
  await Promise.all(
    [...wanted].map(async ([key, query]) => {
      const image = query && (await readImage(client, query));
      if (image !== undefined) found.set(key, image);
    }),
  );
  return found;
}

async function readImage(
  client: EC2Client,
  { ids, owners, filters }: NonNullable<ReturnType<typeof imageQuery>>,
): Promise<FoundImage | undefined> {
  const request = {
    ...(ids && { ImageIds: [...ids] }),
    ...(owners && { Owners: [...owners] }),
    ...(filters && { Filters: filters.map(({ Name, Values }) => ({ Name, Values: [...Values] })) }),
  };
  try {
    const { Images } = await ask("DescribeImages", () => client.send(new DescribeImagesCommand(request)));
    return newest((Images ?? []).map(foundImage));
  } catch (error) {
    // A missing pinned image is reported for its sensor, and does not stop the others.
    if (isCode(error, "InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "InvalidAMIID.Unavailable"))
      return undefined;
    throw error;
  }
}

/** Converts an image to the facts that a launch needs. */
export function foundImage(image: Image): FoundImage {
  const rootDevice = image.RootDeviceName ?? "";
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice);
  return {
    id: image.ImageId ?? "",
    name: image.Name ?? "",
    architecture: image.Architecture ?? "",
    rootDevice,
    gigabytes: root?.Ebs?.VolumeSize ?? 0,
    created: image.CreationDate ?? "",
  };
}
