import type { Region } from "../../src/ec2/region.ts";
import type { Ec2Sensor } from "../../src/ec2/sensor.ts";
import type { Ec2Plan } from "../../src/plan/ec2-plan.ts";

/** A sensor as the settings would give it, with what a test cares about laid over it. */
export function sampleSensor(
  name: string,
  more: Partial<Omit<Ec2Sensor, "ec2">> & { ec2?: Partial<Ec2Plan> } = {},
): Ec2Sensor {
  const { ec2, ...rest } = more;
  return {
    kind: "sensor",
    name,
    os: "debian-13",
    ec2: {
      region: "eu-central-1",
      instanceType: "t3.small",
      image: { kind: "newest" },
      subnet: undefined,
      volumeGigabytes: 20,
      elasticIp: false,
      egress: "restricted",
      ...ec2,
    },
    admin: { user: "analyst", sshPort: 12_222, allowFrom: ["198.51.100.0/24", "2001:db8:40::/48"] },
    reaches: [],
    userData: new TextEncoder().encode(`#cloud-config\n# ${name}\n`),
    isDelivered: false,
    userDataDigest: `digest-of-${name}`,
    ...rest,
  };
}

/** An account that has the images and the default network, and nothing of ours. */
export function emptyRegion(more: Partial<Region> = {}): Region {
  const image = (id: string, architecture: string) => ({
    id,
    name: id,
    architecture,
    rootDevice: "/dev/xvda",
    gigabytes: 8,
    created: "2026-11-01T00:00:00.000Z",
  });
  return {
    name: "eu-central-1",
    instances: [],
    groups: [],
    templates: [],
    addresses: [],
    architectures: new Map([
      ["t3.small", ["x86_64"]],
      ["t4g.small", ["arm64"]],
    ]),
    images: new Map([
      ["newest debian-13 x86_64", image("ami-0000000000000000a", "x86_64")],
      ["newest debian-13 arm64", image("ami-0000000000000000b", "arm64")],
    ]),
    networks: new Map([["", "vpc-1"]]),
    sameUserData: new Map(),
    ...more,
  };
}
