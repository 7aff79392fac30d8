import type { Plan } from "../plan/plan.ts";
import { stringifyYaml } from "./yaml.ts";

/**
 * NoCloud's meta-data. The instance-id consists of the name and the digest, so that changed settings make a new instance
 * and the same settings never run the first boot twice.
 */
export function metaData(plan: Plan, digest: string): { readonly id: string; readonly text: string } {
  const id = `${plan.name}-${digest.slice(0, 12)}`;
  const text = stringifyYaml({
    "instance-id": id,
    "local-hostname": plan.name,
    // A Pi's seed is available before the network, so cloud-init does not need to search for another.
    ...(plan.target === "pi" && { dsmode: "local" }),
  });
  return { id, text };
}
