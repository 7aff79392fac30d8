import { DisassociateAddressCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { inParallel } from "../concurrency/in-parallel.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { ask } from "./aws-failure.ts";
import { changesAtOnce } from "./changes-at-once.ts";
import { associateAddress, releaseAddress } from "./launch-address.ts";
import { attempt, fail, goesOn, type Work } from "./launch-work.ts";
import { until } from "./patience.ts";
import type { SensorStep } from "./plan-launch.ts";
import { readInstances } from "./read-region.ts";
import type { FoundAddress } from "./region.ts";

/** Maximum time from an instance's launch to `running`. */
const startSeconds = 600;

/** Waits until the new instances run, then moves the addresses. */
export async function settleLaunch(work: Work): Promise<void> {
  const { client, plan, run, instances } = work;
  const launched = plan.sensors.filter(
    ({ does, sensor }) => (does === "launch" || does === "replace") && instances.has(sensor.name),
  );
  if (launched.length > 0) await waitFor(work, launched);
  const moved = plan.sensors.filter(({ address }) => address.does !== "none" && address.does !== "keep");
  await inParallel(
    moved,
    changesAtOnce,
    (step) => settleAddress(work, step),
    () => goesOn(work),
  );
  // After an interrupt the result comes from the account, not from the plan.
  if (run.signal.aborted) work.listed = await readInstances(client).catch(() => work.listed);
}

async function waitFor(work: Work, launched: readonly SensorStep[]): Promise<void> {
  const { client, run, instances } = work;
  const waiting = new Map(launched.map(({ sensor }) => [instances.get(sensor.name) ?? "", sensor.name]));
  const isSettled = run.count("starting", waiting.size);
  const all = await attempt(work, () =>
    until(startSeconds, run.signal, async () => {
      work.listed = await readInstances(client);
      for (const { id, state, publicAddress } of work.listed) {
        const name = waiting.get(id);
        if (name === undefined || state === "pending") continue;
        waiting.delete(id);
        isSettled();
        if (state === "running")
          run.tell(`${name}: ${id} runs${publicAddress === undefined ? "" : ` at ${publicAddress}`}`);
        else fail(work, name, ended(id, state));
      }
      return waiting.size === 0 ? true : undefined;
    }),
  );
  if (all === true || run.signal.aborted) return;
  for (const [id, name] of waiting)
    fail(
      work,
      name,
      all ??
        new OutsideError(
          `${id} did not run within ${startSeconds / 60} minutes`,
          "`sensorbake status` shows its state",
        ),
    );
}

function ended(id: string, state: string): OutsideError {
  return new OutsideError(
    `${id} was started and is ${state}`,
    "see its state reason in the console, and run launch again",
  );
}

async function settleAddress(work: Work, { sensor, address }: SensorStep): Promise<void> {
  const { client, run, instances, addresses, failures } = work;
  const id = instances.get(sensor.name);
  if (failures.has(sensor.name) || id === undefined) return;
  const done = await attempt(work, async () => {
    if (address.does === "release" && address.found !== undefined) {
      await giveBack(client, address.found);
      run.tell(`${sensor.name}: ${address.found.address} was given back`);
    }
    const wanted = addresses.get(sensor.name);
    if (wanted === undefined) return;
    await associateAddress(client, wanted, id);
    run.tell(`${sensor.name}: ${id} has the address ${wanted.address}`);
  });
  if (done instanceof OutsideError) fail(work, sensor.name, done);
}

async function giveBack(client: EC2Client, { id, associationId }: FoundAddress): Promise<void> {
  if (associationId !== undefined)
    await ask("DisassociateAddress", () =>
      client.send(new DisassociateAddressCommand({ AssociationId: associationId })),
    );
  await releaseAddress(client, id);
}
