import type { FoundInstance, Region } from "./region.ts";
import { groupName, rulesOf } from "./rules.ts";
import type { Ec2Sensor } from "./sensor.ts";
import { shapeDigest } from "./shape.ts";
import { tagKeys } from "./tags.ts";

/** The differences between an instance and the current settings, in words; empty if there are none. */
export function driftOf(sensor: Ec2Sensor, instance: FoundInstance, region: Region): readonly string[] {
  const { id, tags, instanceType } = instance;
  const reasons: string[] = [];
  if (tags[tagKeys.userData] !== sensor.userDataDigest) reasons.push("its user-data");
  else if (region.sameUserData.get(id) === false) reasons.push("a secret in its user-data");
  if (instanceType !== sensor.ec2.instanceType)
    reasons.push(`its type (${instanceType} instead of ${sensor.ec2.instanceType})`);
  else if (tags[tagKeys.shape] !== shapeDigest(sensor)) reasons.push("its image, disk or network rules");
  else if (hasOtherGroups(sensor, instance, region)) reasons.push("its security groups");
  return reasons;
}

// Somebody may have changed the instance's groups by hand. EC2 always reports at least one.
function hasOtherGroups(sensor: Ec2Sensor, { groupIds }: FoundInstance, region: Region): boolean {
  const name = groupName(rulesOf(sensor));
  return groupIds.some((id) => region.groups.find((group) => group.id === id)?.name !== name);
}
