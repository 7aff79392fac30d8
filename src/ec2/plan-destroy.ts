import type { FoundAddress, FoundGroup, FoundInstance, FoundTemplate, Region } from "./region.ts";
import { isAlive } from "./region.ts";
import { tagKeys } from "./tags.ts";

/** The resources to remove in one region, as data. All of them have our tag. */
export type DestroyPlan = {
  readonly region: string;
  readonly instances: readonly FoundInstance[];
  readonly addresses: readonly FoundAddress[];
  /** Groups that no sensor uses after the instances are removed. */
  readonly groups: readonly FoundGroup[];
  readonly templates: readonly FoundTemplate[];
};

/** The instances and addresses of these sensors, and the resources that none of our other instances uses. */
export function planDestroy(sensors: readonly string[], region: Region): DestroyPlan {
  const named = new Set(sensors);
  const alive = region.instances.filter(isAlive);
  const staying = alive.filter(({ sensor }) => !named.has(sensor));
  const usedGroups = new Set(staying.flatMap(({ groupIds }) => groupIds));
  const usedTemplates = new Set(staying.map(({ tags }) => tags[tagKeys.template]));
  return {
    region: region.name,
    instances: alive.filter(({ sensor }) => named.has(sensor)),
    addresses: region.addresses.filter(({ sensor }) => named.has(sensor)),
    groups: region.groups.filter(({ id }) => !usedGroups.has(id)),
    templates: region.templates.filter(({ name }) => !usedTemplates.has(name)),
  };
}

/** Whether there is nothing to remove. */
export function removesNothing({ instances, addresses, groups, templates }: DestroyPlan): boolean {
  return instances.length + addresses.length + groups.length + templates.length === 0;
}
