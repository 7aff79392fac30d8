import type { EC2Client } from "@aws-sdk/client-ec2";
import { inParallel } from "../concurrency/in-parallel.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { changesAtOnce } from "./changes-at-once.ts";
import { ensureGroup } from "./ensure-group.ts";
import { ensureTemplate } from "./ensure-template.ts";
import { allocateAddress } from "./launch-address.ts";
import { launchSensor } from "./launch-sensor.ts";
import { attempt, fail, goesOn, type Run, type Work } from "./launch-work.ts";
import type { LaunchPlan, SensorStep } from "./plan-launch.ts";
import { type FoundInstance, isAlive, type Region } from "./region.ts";
import { settleLaunch } from "./settle-launch.ts";

/** The result for one sensor. */
export type Outcome = {
  readonly sensor: string;
  readonly region: string;
  readonly did: "launched" | "replaced" | "kept" | "drifted" | "failed" | "interrupted";
  /** The instance at the end; `undefined` if there is none, or it is unknown. */
  readonly instance: FoundInstance | undefined;
  readonly address: string | undefined;
  readonly failure: OutsideError | undefined;
};

/**
 * Applies the plan of one region. A sensor's failure does not stop the others; the next run creates the missing
 * resources.
 */
export async function applyLaunch(
  client: EC2Client,
  plan: LaunchPlan,
  region: Region,
  run: Run,
): Promise<readonly Outcome[]> {
  const work: Work = {
    client,
    plan,
    region,
    run,
    groups: new Map(),
    templates: new Map(),
    instances: new Map(),
    addresses: new Map(),
    failures: new Map(),
    listed: region.instances,
    hopeless: undefined,
  };
  const each = <Item>(items: readonly Item[], deed: (item: Item) => Promise<void>) =>
    inParallel(items, changesAtOnce, deed, () => goesOn(work));
  await each(plan.groups, async (step) => {
    const made = await attempt(work, () => ensureGroup(client, step, region));
    work.groups.set(`${step.network} ${step.name}`, made);
  });
  await each(plan.templates, async (step) => {
    work.templates.set(step.template.name, await attempt(work, () => ensureTemplate(client, step, region)));
  });
  await each(plan.sensors, (step) => makeSensor(work, step));
  await settleLaunch(work);
  if (work.hopeless !== undefined)
    run.tell(`${plan.region}: nothing more was tried: ${work.hopeless.message}`);
  return plan.sensors.map((step) => outcome(work, step));
}

async function makeSensor(work: Work, step: SensorStep): Promise<void> {
  const { name } = step.sensor;
  const { client, instances, addresses } = work;
  if (step.does === "launch" || step.does === "replace") {
    const id = await makeInstance(work, step);
    if (id === undefined) return;
    instances.set(name, id);
    const before = step.instance === undefined ? "" : `, ${step.instance.id} was terminated`;
    work.run.tell(`${name}: ${id} is being started${before}`);
  } else if (step.instance !== undefined) instances.set(name, step.instance.id);
  if (step.address.does !== "allocate" && step.address.does !== "associate") return;
  const address = await attempt(work, () => allocateAddress(client, step));
  if (address instanceof OutsideError) fail(work, name, address);
  else addresses.set(name, address);
}

async function makeInstance(work: Work, step: SensorStep): Promise<string | undefined> {
  const group = work.groups.get(`${step.network} ${step.group}`);
  const template = work.templates.get(step.template);
  const blocked = [group, template].find((made) => made instanceof OutsideError);
  const id =
    blocked instanceof OutsideError
      ? blocked
      : typeof group !== "string" || template === undefined || template instanceof OutsideError
        ? undefined
        : await attempt(work, () => launchSensor(work.client, step, template, group));
  if (!(id instanceof OutsideError)) return id;
  fail(work, step.sensor.name, id);
  return undefined;
}

function outcome(work: Work, step: SensorStep): Outcome {
  const { name } = step.sensor;
  const id = work.instances.get(name);
  const isIt = (instance: FoundInstance) =>
    id === undefined ? instance.sensor === name && isAlive(instance) : instance.id === id;
  const instance = work.listed.find(isIt);
  const isUntried = id === undefined && (step.does === "launch" || step.does === "replace");
  const failure = work.failures.get(name) ?? (isUntried ? work.hopeless : undefined);
  const elastic = work.addresses.get(name) ?? (step.address.does === "keep" ? step.address.found : undefined);
  return {
    sensor: name,
    region: work.plan.region,
    did: failure !== undefined ? "failed" : didOf(step, id),
    instance,
    address: elastic?.address ?? instance?.publicAddress,
    failure,
  };
}

function didOf({ does }: SensorStep, id: string | undefined): Outcome["did"] {
  if (does === "drifted") return "drifted";
  if (does === "keep") return "kept";
  if (id === undefined) return "interrupted";
  return does === "replace" ? "replaced" : "launched";
}
