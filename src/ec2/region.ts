import type { Architecture, FoundImage } from "./images.ts";
import type { Rule } from "./rules.ts";
import type { Tags } from "./tags.ts";

/** Our resources in one region of the account, and the facts that a launch needs. */
export type Region = {
  readonly name: string;
  /** Instances with our tag in any state, including those terminated within the last hour. */
  readonly instances: readonly FoundInstance[];
  readonly groups: readonly FoundGroup[];
  readonly templates: readonly FoundTemplate[];
  readonly addresses: readonly FoundAddress[];
  /** Architectures of each requested instance type that the region has. */
  readonly architectures: ReadonlyMap<string, readonly Architecture[]>;
  /** Images by `imageKey`. */
  readonly images: ReadonlyMap<string, FoundImage>;
  /** The network of each requested subnet; the default network has the empty name. */
  readonly networks: ReadonlyMap<string, string>;
  /** For instances whose tags match the settings: whether the stored user-data matches too. */
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
  /** The id of its association with the instance. */
  readonly associationId: string | undefined;
};

/** Whether an instance exists, also if stopped; terminated ones stay listed for an hour. */
export function isAlive({ state }: Pick<FoundInstance, "state">): boolean {
  return state !== "terminated" && state !== "shutting-down";
}
