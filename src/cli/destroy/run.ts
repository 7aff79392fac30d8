import { applyDestroy, type Removed } from "../../ec2/apply-destroy.ts";
import { type DestroyPlan, planDestroy, removesNothing } from "../../ec2/plan-destroy.ts";
import { readRegion } from "../../ec2/read-region.ts";
import { destroyPlanJson } from "../../ec2/render-json.ts";
import { renderTable } from "../../ec2/render-table.ts";
import { checkBackups } from "../shared/check-backups.ts";
import { confirm } from "../shared/confirm.ts";
import type { Context } from "../shared/context.ts";
import { changesExitCode, exitCodes, UsageError } from "../shared/exit.ts";
import { byRegion, inEachRegion, loadFleet } from "../shared/open-ec2.ts";
import { showProgress } from "../shared/progress.ts";
import { sayHints } from "../shared/say-hints.ts";
import type { DestroyOptions } from "./options.ts";

/** Shows the plan, asks, removes the resources and waits for their removal; returns the exit code. */
export async function destroy(
  file: string,
  options: DestroyOptions,
  { streams, signal }: Context,
): Promise<number> {
  if (options.detailedExitcode && !options.dryRun)
    throw new UsageError("--detailed-exitcode requires --dry-run");
  const fleet = await loadFleet(file, { ...options, readSecrets: false }, streams);
  // Looks for all sensors in each region: a sensor that moved to another region may still have an instance in the old.
  const names = fleet.sensors.map(({ plan }) => plan.name);
  const regions = await inEachRegion(byRegion(fleet.sensors), streams, async (client, name) => ({
    client,
    plan: planDestroy(names, await readRegion(client, name, [])),
  }));
  const plans = regions.map(({ plan }) => plan);
  const isEmpty = plans.every(removesNothing);
  if (options.dryRun) {
    if (options.format === "json") streams.json({ changes: !isEmpty, regions: plans.map(destroyPlanJson) });
    else streams.print(`${renderDestroy(plans)}\n`);
    return options.detailedExitcode && !isEmpty ? changesExitCode : exitCodes.fine;
  }
  streams.say(renderDestroy(plans));
  if (isEmpty) {
    const nothing = plans.map(({ region }) => ({ region, gone: [], left: [], isInterrupted: false }));
    return answer(nothing, options, { streams, signal });
  }
  await checkBackups(
    plans.flatMap(({ instances }) => instances),
    fleet.sensors,
    file,
    options,
  );
  if (!options.yes && !(await confirm("Destroy these resources? All data on the disks is lost.", signal))) {
    streams.say("nothing was removed");
    return exitCodes.fine;
  }
  const progress = showProgress(streams.status);
  const count = (label: string, total: number) => progress.count(label, total, "instances");
  const run = { tell: streams.say, count, signal };
  const removed = await Promise.all(
    regions.map(({ client, plan }) => applyDestroy(client, plan, run)),
  ).finally(progress.end);
  return answer(removed, options, { streams, signal });
}

/** The plan as text, to read before confirming it. */
function renderDestroy(plans: readonly DestroyPlan[]): string {
  const lines = plans.flatMap((plan) => [
    ...(removesNothing(plan) ? [] : [`${plan.region}:`]),
    ...plan.instances.map(({ sensor, id, state }) => `  - ${sensor}: ${id} (${state}) and its disk`),
    ...plan.addresses.map(({ sensor, address }) => `  - ${sensor}: the Elastic IP ${address}`),
    ...plan.groups.map(({ name }) => `  - security group ${name}, no longer used`),
    ...plan.templates.map(({ name }) => `  - launch template ${name}, no longer used`),
  ]);
  return lines.length === 0 ? "there are no resources to remove" : lines.join("\n");
}

function answer(
  removed: readonly Removed[],
  { format }: DestroyOptions,
  { streams, signal }: Context,
): number {
  const left = removed.flatMap((region) => region.left);
  if (format === "json") {
    const regions = removed.map(({ region, gone, left }) => ({
      region,
      gone,
      left: left.map(({ what, failure }) => ({ what, failure: failure.message })),
    }));
    streams.json({ regions });
  } else {
    const rows = removed.flatMap(({ region, gone, left }) => [
      ...gone.map((what) => [region, "gone", what]),
      ...left.map(({ what, failure }) => [region, "left", `${what}: ${failure.message}`]),
    ]);
    if (rows.length > 0) streams.print(renderTable(["REGION", "RESULT", "RESOURCE"], rows));
  }
  const goneCount = removed.reduce((sum, { gone }) => sum + gone.length, 0);
  if (goneCount + left.length > 1) streams.say(`${goneCount} gone, ${left.length} left`);
  sayHints(left, streams);
  if (signal.aborted) {
    streams.say(
      "interrupted: resources that are already terminating will still go; run destroy again for the rest",
    );
    return exitCodes.interrupted;
  }
  return left.length === 0 ? exitCodes.fine : exitCodes.outside;
}
