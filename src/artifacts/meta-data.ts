import type { Plan } from "../plan/plan.ts";
import { stringifyYaml } from "./yaml.ts";

/**
 * NoCloud's meta-data. The instance-id is made of the name and the digest, so that other settings make
 * another instance and the same settings never run the first boot twice.
 */
export function metaData(plan: Plan, digest: string): string {
  return stringifyYaml({ "instance-id": `${plan.name}-${digest.slice(0, 12)}`, "local-hostname": plan.name });
}
