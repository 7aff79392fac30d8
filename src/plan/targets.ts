import type { OsName } from "../values/os-names.ts";
import type { TargetName } from "../values/target-names.ts";

/** The source of a sensor's seed, and its limits. */
export type Target = {
  /** Maximum bytes of user-data, before any base64 that the provider's API needs; `undefined`: a file, no limit. */
  readonly limitBytes: number | undefined;
  /**
   * The encoding of the whole user-data if the readable form is too large: `gzip` (bytes),
   * `base64-gzip` (text that cloud-init decodes and inflates), `none` (text only).
   */
  readonly wholeEncoding: "gzip" | "base64-gzip" | "none";
  /** The encoding of the provider's API: `base64` targets also get a form that can be pasted into a request. */
  readonly api: "text" | "base64";
  /** Whether the provider's metadata service hands the seed to any program on the sensor. */
  readonly hasMetadata: boolean;
  /** Whether private addresses cannot belong to the admin's network. OpenStack may be private. */
  readonly isPublicCloud: boolean;
  readonly systems: readonly OsName[];
};

const servers = ["debian-12", "debian-13", "ubuntu-24.04", "ubuntu-26.04"] as const;

/**
 * Limits and encodings as documented by the providers and decoded by cloud-init's data sources.
 * Add a new target here.
 */
export const targets = {
  nocloud: {
    limitBytes: undefined,
    wholeEncoding: "none",
    api: "text",
    hasMetadata: false,
    isPublicCloud: false,
    systems: servers,
  },
  ec2: {
    limitBytes: 16_384,
    wholeEncoding: "gzip",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  digitalocean: {
    limitBytes: 65_536,
    wholeEncoding: "none",
    api: "text",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  hetzner: {
    limitBytes: 32_768,
    wholeEncoding: "base64-gzip",
    api: "text",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  vultr: {
    limitBytes: 65_535,
    wholeEncoding: "none",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  linode: {
    // Its API documents "65535 bytes unencoded, or about 16kb encoded", which contradict; the larger is the hard limit.
    limitBytes: 65_535,
    wholeEncoding: "none",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  azure: {
    limitBytes: 65_535,
    // Azure takes bytes, but `az vm create` reads the file as text.
    wholeEncoding: "none",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  gcp: {
    limitBytes: 262_144,
    wholeEncoding: "none",
    api: "text",
    hasMetadata: true,
    isPublicCloud: true,
    systems: ["ubuntu-24.04", "ubuntu-26.04"],
  },
  openstack: {
    limitBytes: 49_151,
    wholeEncoding: "gzip",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: false,
    systems: servers,
  },
  oracle: {
    limitBytes: 24_000,
    wholeEncoding: "gzip",
    api: "base64",
    hasMetadata: true,
    isPublicCloud: true,
    systems: servers,
  },
  pi: {
    limitBytes: undefined,
    wholeEncoding: "none",
    api: "text",
    hasMetadata: false,
    isPublicCloud: false,
    systems: ["raspios-12", "raspios-13", "ubuntu-24.04", "ubuntu-26.04"],
  },
} as const satisfies Record<TargetName, Target>;
