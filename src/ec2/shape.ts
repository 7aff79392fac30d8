import { shortDigest } from "./digest.ts";
import type { FoundImage } from "./images.ts";
import { groupName, rulesOf } from "./rules.ts";
import type { Ec2Sensor } from "./sensor.ts";

/**
 * The digest of the settings for a sensor's machine, except its user-data. It excludes resolved values, so that a new
 * image of the same operating system does not make every sensor drift.
 */
export function shapeDigest(sensor: Ec2Sensor): string {
  const { region, instanceType, image, subnet, volumeGigabytes } = sensor.ec2;
  const { os } = sensor;
  const rules = groupName(rulesOf(sensor));
  return shortDigest({ region, instanceType, image, subnet: subnet ?? null, volumeGigabytes, os, rules });
}

/** The content of a launch template in the API's form: everything that sensors of one shape have in common. */
export type TemplateData = ReturnType<typeof templateData>;

/** A wanted launch template, named by a digest of its content. */
export type WantedTemplate = { readonly name: string; readonly data: TemplateData };

/**
 * The launch template of a sensor. `image` is undefined if EC2 itself resolves it: then the root device is unknown, and a
 * second version adds the disk after EC2 has resolved the image.
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
    // Many visitors slow a burstable sensor down instead of raising the bill.
    ...(isBurstable(instanceType) && { CreditSpecification: { CpuCredits: "standard" } }),
  } as const;
}

/** The only disk: encrypted, and deleted with its instance. */
export function disk(device: string, gigabytes: number) {
  return {
    DeviceName: device,
    Ebs: { VolumeSize: gigabytes, VolumeType: "gp3", Encrypted: true, DeleteOnTermination: true },
  } as const;
}

function isBurstable(instanceType: string): boolean {
  return /^t\d/.test(instanceType);
}
