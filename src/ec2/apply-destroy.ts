import {
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { inParallel } from "../concurrency/in-parallel.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { ask, isCode } from "./aws-failure.ts";
import { changesAtOnce } from "./changes-at-once.ts";
import { releaseAddress } from "./launch-address.ts";
import { attempt, type Run } from "./launch-work.ts";
import { until } from "./patience.ts";
import type { DestroyPlan } from "./plan-destroy.ts";
import { readInstances } from "./read-region.ts";
import type { FoundInstance } from "./region.ts";

/** The removed resources and the failures. */
export type Removed = {
  readonly region: string;
  /** One line each: `fra: i-0123`, `group sensorbake-...`. */
  readonly gone: readonly string[];
  readonly left: readonly { readonly what: string; readonly failure: OutsideError }[];
  readonly isInterrupted: boolean;
};

/** Maximum time for an instance to terminate. */
const endSeconds = 900;

/** Maximum number of instances per request, because a protected instance makes its whole request fail. */
const batch = 50;

/** Removes the plan's resources in EC2's order: instances, then the resources that they used. */
export async function applyDestroy(client: EC2Client, plan: DestroyPlan, run: Run): Promise<Removed> {
  const work: Hope = { hopeless: undefined };
  const gone: string[] = [];
  const left: { what: string; failure: OutsideError }[] = [];
  const goOn = () => !run.signal.aborted && work.hopeless === undefined;
  const remove = async (what: string, deed: () => Promise<unknown>): Promise<void> => {
    const done = await attempt(work, deed);
    if (done instanceof OutsideError) left.push({ what, failure: done });
    else gone.push(what);
    run.tell(done instanceof OutsideError ? `${what}: ${done.message}` : `${what}: gone`);
  };

  const ending: FoundInstance[] = [];
  const endSome = async (some: readonly FoundInstance[]) => {
    for (const { instance, failure } of await end(work, client, some))
      if (failure === undefined) ending.push(instance);
      else left.push({ what: `${instance.sensor}: ${instance.id}`, failure });
  };
  await inParallel(inBatches(plan.instances), 2, endSome, goOn);
  for (const { id, sensor } of ending) run.tell(`${sensor}: ${id} is terminating`);
  const stillThere = await waitForEnd(client, ending, run);
  for (const { id, sensor } of ending)
    if (!stillThere.has(id)) gone.push(`${sensor}: ${id}`);
    else if (goOn())
      left.push({
        what: `${sensor}: ${id}`,
        failure: new OutsideError(`did not terminate within ${endSeconds / 60} minutes`, "run destroy again"),
      });

  const spared = new Set(left.map(({ what }) => what.split(": ")[0]));
  const addresses = plan.addresses.filter(({ sensor }) => !spared.has(sensor));
  await inParallel(
    addresses,
    changesAtOnce,
    ({ id, address, sensor }) => remove(`${sensor}: address ${address}`, () => releaseAddress(client, id)),
    goOn,
  );
  // The next run finds groups and templates of instances that did not terminate.
  if (left.length === 0) {
    await inParallel(
      plan.groups,
      changesAtOnce,
      ({ id, name }) => remove(`group ${name}`, () => deleteGroup(client, id)),
      goOn,
    );
    await inParallel(
      plan.templates,
      changesAtOnce,
      ({ id, name }) => remove(`launch template ${name}`, () => deleteTemplate(client, id)),
      goOn,
    );
  }
  return { region: plan.region, gone, left, isInterrupted: run.signal.aborted };
}

function inBatches(instances: readonly FoundInstance[]): readonly (readonly FoundInstance[])[] {
  return Array.from({ length: Math.ceil(instances.length / batch) }, (_, index) =>
    instances.slice(index * batch, (index + 1) * batch),
  );
}

type Hope = { hopeless: OutsideError | undefined };

type Ended = { readonly instance: FoundInstance; readonly failure: OutsideError | undefined };

// A protected instance makes the request fail for all: then each gets its own request.
async function end(work: Hope, client: EC2Client, some: readonly FoundInstance[]): Promise<readonly Ended[]> {
  const done = await attempt(work, () => terminate(client, some));
  if (!(done instanceof OutsideError)) return some.map((instance) => ({ instance, failure: undefined }));
  const [only] = some;
  if (some.length === 1 && only !== undefined) return [{ instance: only, failure: done }];
  const each: Ended[] = [];
  for (const instance of some) each.push(...(await end(work, client, [instance])));
  return each;
}

async function terminate(client: EC2Client, some: readonly FoundInstance[]): Promise<void> {
  const ids = some.map(({ id }) => id);
  try {
    await ask("TerminateInstances", () => client.send(new TerminateInstancesCommand({ InstanceIds: ids })));
  } catch (error) {
    if (some.length > 1 || !isCode(error, "InvalidInstanceID.NotFound")) throw error;
  }
}

// Returns the ids of instances that have not terminated at the timeout or interrupt.
async function waitForEnd(
  client: EC2Client,
  ending: readonly FoundInstance[],
  { signal, tell, count }: Run,
): Promise<ReadonlySet<string>> {
  const waiting = new Map(ending.map(({ id, sensor }) => [id, sensor]));
  if (waiting.size === 0) return new Set();
  const isGone = count("terminating", waiting.size);
  await until(endSeconds, signal, async () => {
    const states = new Map((await readInstances(client)).map(({ id, state }) => [id, state]));
    for (const [id, sensor] of waiting) {
      if ((states.get(id) ?? "terminated") !== "terminated") continue;
      waiting.delete(id);
      isGone();
      tell(`${sensor}: ${id} is gone`);
    }
    return waiting.size === 0 ? true : undefined;
  });
  return new Set(waiting.keys());
}

// The network interface of a terminated instance may use its group a little longer.
async function deleteGroup(client: EC2Client, id: string): Promise<void> {
  let last: unknown;
  const done = await until(60, new AbortController().signal, async () => {
    try {
      await ask("DeleteSecurityGroup", () => client.send(new DeleteSecurityGroupCommand({ GroupId: id })));
      return true;
    } catch (error) {
      if (isCode(error, "InvalidGroup.NotFound")) return true;
      if (!isCode(error, "DependencyViolation")) throw error;
      last = error;
      return undefined;
    }
  });
  if (done === undefined) throw last;
}

async function deleteTemplate(client: EC2Client, id: string): Promise<void> {
  try {
    await ask("DeleteLaunchTemplate", () =>
      client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
    );
  } catch (error) {
    if (!isCode(error, "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException"))
      throw error;
  }
}
