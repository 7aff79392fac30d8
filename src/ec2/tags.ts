/**
 * The tags are the state: there is no state file. What has not `managedBy` is never touched, and a sensor is
 * found again by its name.
 */
export const tagKeys = {
  managedBy: "sensorbake:managed-by",
  sensor: "sensorbake:sensor",
  userData: "sensorbake:user-data",
  shape: "sensorbake:shape",
  template: "sensorbake:template",
} as const;

/** The value of `managedBy`. */
export const owner = "sensorbake";

export type Tags = Readonly<Record<string, string>>;

/** What AWS takes and gives. */
export type AwsTag = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** Tags of what belongs to no single sensor: groups and launch templates. */
export function sharedTags(name: string): AwsTag[] {
  return toAws({ Name: name, [tagKeys.managedBy]: owner });
}

/** Tags of what belongs to one sensor. */
export function sensorTags(sensor: string, more: Tags = {}): AwsTag[] {
  return toAws({ Name: sensor, [tagKeys.managedBy]: owner, [tagKeys.sensor]: sensor, ...more });
}

export function fromAws(tags: readonly AwsTag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** The filter that finds only what is ours. */
export const oursFilter = { Name: `tag:${tagKeys.managedBy}`, Values: [owner] };

function toAws(tags: Tags): AwsTag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
