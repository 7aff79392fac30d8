import type { Architecture, FoundImage } from "./images.ts";
import type { Rule } from "./rules.ts";
import type { Tags } from "./tags.ts";

/** What was found in one region of the account: only what is ours, and what a launch has to know. */
export type Region = {
  readonly name: string;
  /** With our tag, in whatever state, those that ended within the last hour included. */
  readonly instances: readonly FoundInstance[];
  readonly groups: readonly FoundGroup[];
  readonly templates: readonly FoundTemplate[];
  readonly addresses: readonly FoundAddress[];
  /** Architectures of each instance type that was asked for; a type that the region has not is missing. */
  readonly architectures: ReadonlyMap<string, readonly Architecture[]>;
  /** By `imageKey`; missing when there is none. */
  readonly images: ReadonlyMap<string, FoundImage>;
  /** The network of each subnet that was asked for, the default network under the empty name. */
  readonly networks: ReadonlyMap<string, string>;
  /** Of instances whose tags say what the settings say: whether the stored user-data is what it should be. */
  readonly sameUserData: ReadonlyMap<string, boolean>;
};

export type FoundInstance = {
  readonly id: string;
  readonly state: string;
  readonly sensor: string;
  readonly tags: Tags;
  readonly instanceType: string;
  readonly imageId: string;
  readonly publicAddress: string | undefined;
  readonly privateAddress: string | undefined;
  readonly groupIds: readonly string[];
  readonly launched: string;
};

export type FoundGroup = {
  readonly id: string;
  readonly name: string;
  readonly network: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
};

export type FoundTemplate = { readonly id: string; readonly name: string; readonly versions: number };

export type FoundAddress = {
  readonly id: string;
  readonly address: string;
  readonly sensor: string;
  /** The instance that has it, if any. */
  readonly instanceId: string | undefined;
  /** What ties it to the instance. */
  readonly associationId: string | undefined;
};

/** Whether an instance still is, or will again be, a machine: what has ended stays listed for an hour. */
export function isAlive({ state }: Pick<FoundInstance, "state">): boolean {
  return state !== "terminated" && state !== "shutting-down";
}
