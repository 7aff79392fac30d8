import type { MergedSensor } from "../settings/merge.ts";
import type { Ec2Plan, ImageChoice } from "./ec2-plan.ts";

const defaultGigabytes = 20;

/** Resolves the EC2 settings; `undefined` without a region, so that the sensor is only compiled. */
export function resolveEc2(ec2: MergedSensor["ec2"], diskGigabytes: number | undefined): Ec2Plan | undefined {
  if (ec2.region === undefined) return undefined;
  return {
    region: ec2.region,
    instanceType: ec2.instance_type,
    image: imageChoice(ec2.image),
    subnet: ec2.subnet,
    volumeGigabytes: ec2.volume_gigabytes ?? diskGigabytes ?? defaultGigabytes,
    elasticIp: ec2.elastic_ip,
    egress: ec2.egress,
  };
}

function imageChoice(image: string): ImageChoice {
  if (image === "newest" || image === "baked") return { kind: image };
  return image.startsWith("resolve:ssm:")
    ? { kind: "ssm", parameter: image.slice("resolve:ssm:".length) }
    : { kind: "ami", id: image };
}
