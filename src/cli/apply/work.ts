import type { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { SensorPlan } from "../../load/load.ts";
import type { Change } from "../../machines/change-machine.ts";
import type { ChangePlan } from "../../machines/change-plan.ts";
import { planJson } from "./render-plan.ts";

/** The work for one sensor, and how far it is. */
export type Work = {
  readonly sensor: SensorPlan;
  change?: Change;
  plan?: ChangePlan;
  result: "planned" | "unchanged" | "changed" | "delivered" | "failed" | "not begun";
  failure: OutsideError | undefined;
  isRunning?: boolean;
};

/** The results as a table. */
export function renderWork(all: readonly Work[]): string {
  const rows = all.map((work) => [work.sensor.plan.name, work.change?.from.address ?? "", inWords(work)]);
  return renderTable(["SENSOR", "ADDRESS", "RESULT"], rows);
}

function inWords({ result, failure, plan }: Work): string {
  if (failure !== undefined) return `failed: ${visible(failure.message)}`;
  if (result === "changed" && plan !== undefined && plan.laterSteps.length > 0)
    return `changed; ${plan.laterSteps.join(", ")} now run there`;
  const words = {
    planned: "to be changed",
    unchanged: "nothing to change",
    changed: "changed",
    delivered: "delivered; its first boot continues",
    failed: "failed",
    "not begun": "not begun",
  };
  return words[result];
}

/** One result as JSON. */
export function workJson({ sensor, change, plan, result, failure }: Work): object {
  return {
    sensor: sensor.plan.name,
    address: change?.from.address ?? null,
    result: result.replaceAll(" ", "_"),
    failure: failure?.message ?? null,
    plan: plan === undefined ? null : planJson(plan),
  };
}
