/**
 * Tags are the state; there is no state file. Resources without `managedBy` are never changed, and a sensor is found by
 * its name.
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

/** A tag in AWS's form. */
export type AwsTag = { readonly Key?: string | undefined; readonly Value?: string | undefined };

/** Tags of shared resources: groups and launch templates. */
export function sharedTags(name: string): AwsTag[] {
  return toAws({ Name: name, [tagKeys.managedBy]: owner });
}

/** Tags of one sensor's resources. */
export function sensorTags(sensor: string, more: Tags = {}): AwsTag[] {
  return toAws({ Name: sensor, [tagKeys.managedBy]: owner, [tagKeys.sensor]: sensor, ...more });
}

export function fromAws(tags: readonly AwsTag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** A filter for our resources. */
export const oursFilter = { Name: `tag:${tagKeys.managedBy}`, Values: [owner] };

function toAws(tags: Tags): AwsTag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
