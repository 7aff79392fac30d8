import { shortDigest } from "./digest.ts";
import type { FoundImage } from "./images.ts";
import { groupName, rulesOf } from "./rules.ts";
import type { Ec2Sensor } from "./sensor.ts";

/**
 * The digest of what the settings say about a sensor's machine apart from its user-data. Not of what they
 * were resolved to: a new image of the same operating system does not make every sensor a stranger.
 */
export function shapeDigest(sensor: Ec2Sensor): string {
  const { region, instanceType, image, subnet, volumeGigabytes } = sensor.ec2;
  const { os } = sensor;
  const rules = groupName(rulesOf(sensor));
  return shortDigest({ region, instanceType, image, subnet: subnet ?? null, volumeGigabytes, os, rules });
}

/** What a launch template holds: all that sensors of one shape have in common, in the words of the API. */
export type TemplateData = ReturnType<typeof templateData>;

/** A launch template that is to exist, named for what it holds. */
export type WantedTemplate = { readonly name: string; readonly data: TemplateData };

/**
 * The launch template of a sensor. `image` is undefined when EC2 itself looks it up: then the root device is
 * not known yet and the disk is added in a second version, once EC2 has said which image it is.
 */
export function wantedTemplate(sensor: Ec2Sensor, image: FoundImage | undefined): WantedTemplate {
  const data = templateData(sensor, image);
  return { name: `sensorbake-${shortDigest({ data, disk: sensor.ec2.volumeGigabytes })}`, data };
}

function templateData(sensor: Ec2Sensor, image: FoundImage | undefined) {
  const { instanceType, image: choice, volumeGigabytes } = sensor.ec2;
  return {
    ImageId: choice.kind === "ssm" ? `resolve:ssm:${choice.parameter}` : (image?.id ?? ""),
    InstanceType: instanceType,
    ...(image && { BlockDeviceMappings: [disk(image.rootDevice, volumeGigabytes)] }),
    MetadataOptions: {
      HttpEndpoint: "enabled",
      HttpTokens: "required",
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: "disabled",
    },
    InstanceInitiatedShutdownBehavior: "stop",
    Monitoring: { Enabled: false },
    // A flood of visitors slows a burstable sensor down instead of adding to the bill.
    ...(isBurstable(instanceType) && { CreditSpecification: { CpuCredits: "standard" } }),
  } as const;
}

/** The one disk: encrypted, and gone with its instance. */
export function disk(device: string, gigabytes: number) {
  return {
    DeviceName: device,
    Ebs: { VolumeSize: gigabytes, VolumeType: "gp3", Encrypted: true, DeleteOnTermination: true },
  } as const;
}

function isBurstable(instanceType: string): boolean {
  return /^t\d/.test(instanceType);
}
