import type { Architecture, FoundImage } from "./images.ts";
import { imageText, noOfficialImages } from "./images.ts";
import type { Region } from "./region.ts";
import { type Rules, rulesOf, tooManyRules } from "./rules.ts";
import { type Ec2Sensor, userDataLimitBytes } from "./sensor.ts";
import { type WantedTemplate, wantedTemplate } from "./shape.ts";

/** The needs of a sensor's launch, resolved in its region. `image` is undefined if EC2 itself resolves it. */
export type LaunchNeeds = {
  readonly kind: "needs";
  readonly network: string;
  readonly rules: Rules;
  readonly image: FoundImage | undefined;
  readonly template: WantedTemplate;
};

/** Why a sensor cannot be launched, with a hint. */
export type LaunchComplaint = {
  readonly kind: "complaint";
  readonly message: string;
  readonly hint?: string;
};

/** Resolves the sensor's needs, or returns what is missing. */
export function launchNeeds(sensor: Ec2Sensor, region: Region): LaunchNeeds | LaunchComplaint {
  const { instanceType, subnet, volumeGigabytes, image: choice } = sensor.ec2;
  const rules = rulesOf(sensor);
  const bytes = sensor.userData.byteLength;
  if (bytes > userDataLimitBytes)
    return {
      kind: "complaint",
      message: `its user-data has ${bytes} bytes, ${bytes - userDataLimitBytes} more than EC2 allows`,
    };
  const crowd = tooManyRules(rules);
  if (crowd !== undefined) return { kind: "complaint", message: crowd };
  const unknown = noOfficialImages(choice, region.name);
  if (unknown !== undefined) return { kind: "complaint", message: unknown };
  const architecture = region.architectures.get(instanceType)?.[0];
  if (architecture === undefined)
    return {
      kind: "complaint",
      message: `${region.name} has no instance type ${instanceType}`,
      hint: "choose another size or an older family, e.g. t3.small",
    };
  const network = region.networks.get(subnet ?? "");
  if (network === undefined)
    return subnet === undefined
      ? {
          kind: "complaint",
          message: `${region.name} has no default network`,
          hint: "choose a subnet with ec2.subnet, or run `aws ec2 create-default-vpc`",
        }
      : { kind: "complaint", message: `${region.name} has no subnet ${subnet}` };
  const image = region.images.get(imageKey(sensor, architecture));
  if (image === undefined && choice.kind !== "ssm")
    return {
      kind: "complaint",
      message: `no image: ${imageText(choice, sensor.os)} for ${architecture} in ${region.name}`,
    };
  if (image !== undefined && image.architecture !== architecture)
    return {
      kind: "complaint",
      message: `${image.id} is for ${image.architecture}, but ${instanceType} is ${architecture}`,
    };
  if (image !== undefined && image.gigabytes > volumeGigabytes)
    return {
      kind: "complaint",
      message: `ec2.volume_gigabytes is ${volumeGigabytes}, less than the ${image.gigabytes} of ${image.id}`,
    };
  return { kind: "needs", network, rules, image, template: wantedTemplate(sensor, image) };
}

/** The key of an image's search result. */
export function imageKey(sensor: Ec2Sensor, architecture: Architecture): string {
  return `${imageText(sensor.ec2.image, sensor.os)} ${architecture}`;
}
