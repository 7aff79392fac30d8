import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { ask, askOfNew, isCode } from "./aws-failure.ts";
import type { TemplateStep } from "./plan-launch.ts";
import { foundImage } from "./read-images.ts";
import type { FoundTemplate, Region } from "./region.ts";
import { disk } from "./shape.ts";
import { fromAws, owner, sharedTags, tagKeys } from "./tags.ts";

/** A launch template as named in `RunInstances`. */
export type TemplateReference = { readonly LaunchTemplateId: string; readonly Version: string };

/** Creates the launch template, or completes the one of an interrupted run. Its name is a digest of its content. */
export async function ensureTemplate(
  client: EC2Client,
  step: TemplateStep,
  region: Region,
): Promise<TemplateReference> {
  const { template, lateDiskGigabytes } = step;
  const found =
    region.templates.find(({ name }) => name === template.name) ?? (await createTemplate(client, template));
  if (lateDiskGigabytes === undefined) return { LaunchTemplateId: found.id, Version: "1" };
  if (found.versions < 2) await addDisk(client, found.id, lateDiskGigabytes);
  return { LaunchTemplateId: found.id, Version: "2" };
}

async function createTemplate(
  client: EC2Client,
  { name, data }: TemplateStep["template"],
): Promise<FoundTemplate> {
  try {
    const request = {
      LaunchTemplateName: name,
      LaunchTemplateData: data satisfies RequestData as RequestLaunchTemplateData,
      TagSpecifications: [{ ResourceType: "launch-template" as const, Tags: sharedTags(name) }],
    };
    const { LaunchTemplate } = await ask("CreateLaunchTemplate", () =>
      client.send(new CreateLaunchTemplateCommand(request)),
    );
    return { id: LaunchTemplate?.LaunchTemplateId ?? "", name, versions: 1 };
  } catch (error) {
    if (!isCode(error, "InvalidLaunchTemplateName.AlreadyExistsException")) throw error;
    return templateOfOtherRun(client, name);
  }
}

// The API's type needs mutable lists; ours are read-only, and nothing changes them.
type RequestData = Readonly<Record<string, unknown>>;

async function templateOfOtherRun(client: EC2Client, name: string): Promise<FoundTemplate> {
  const { LaunchTemplates } = await ask("DescribeLaunchTemplates", () =>
    client.send(
      new DescribeLaunchTemplatesCommand({ Filters: [{ Name: "launch-template-name", Values: [name] }] }),
    ),
  );
  const [template] = LaunchTemplates ?? [];
  if (template?.LaunchTemplateId === undefined || fromAws(template.Tags)[tagKeys.managedBy] !== owner)
    throw new OutsideError(
      `a launch template named ${name} exists and has not the tag ${tagKeys.managedBy}=${owner}: it is left alone`,
      "rename it or give it the tag",
    );
  return { id: template.LaunchTemplateId, name, versions: template.LatestVersionNumber ?? 1 };
}

// Only EC2 can resolve the image of a parameter: it does so for the first version, and the image has the name of its
// root device.
async function addDisk(client: EC2Client, id: string, gigabytes: number): Promise<void> {
  const { LaunchTemplateVersions } = await askOfNew("DescribeLaunchTemplateVersions", () =>
    client.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: id,
        Versions: ["1"],
        ResolveAlias: true,
      }),
    ),
  );
  const imageId = LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId;
  if (imageId === undefined || imageId.startsWith("resolve:"))
    throw new OutsideError(
      "EC2 does not resolve the image of the parameter in ec2.image",
      "check that the parameter exists in this region",
    );
  const { Images } = await ask("DescribeImages", () =>
    client.send(new DescribeImagesCommand({ ImageIds: [imageId] })),
  );
  const [image] = (Images ?? []).map(foundImage);
  if (image === undefined || image.rootDevice === "") throw new OutsideError(`${imageId} has no root device`);
  if (image.gigabytes > gigabytes)
    throw new OutsideError(
      `ec2.volume_gigabytes is ${gigabytes}, less than the ${image.gigabytes} of ${imageId}`,
    );
  const data = { BlockDeviceMappings: [disk(image.rootDevice, gigabytes)] };
  await askOfNew("CreateLaunchTemplateVersion", () =>
    client.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: id,
        SourceVersion: "1",
        LaunchTemplateData: data,
      }),
    ),
  );
}
