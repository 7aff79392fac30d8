/** Where a sensor can run, in the order of the documentation. */
export const targetNames = [
  "nocloud",
  "ec2",
  "digitalocean",
  "hetzner",
  "vultr",
  "linode",
  "azure",
  "gcp",
  "openstack",
  "oracle",
  "pi",
] as const;

export type TargetName = (typeof targetNames)[number];
