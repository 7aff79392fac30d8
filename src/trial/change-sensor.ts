import { applyArchive } from "../artifacts/apply-archive.ts";
import type { Release } from "../artifacts/compile.ts";
import type { VirtualMachine } from "../emulation/virtual-machine.ts";
import { forgetChange, makeChange, planChange } from "../machines/change-machine.ts";
import { changesNothing } from "../machines/change-plan.ts";
import type { StandIns } from "./stand-ins/open.ts";

export type ChangeSensorOptions = {
  readonly release: Release;
  readonly signal: AbortSignal;
  /** Receives what the sensor does. */
  readonly onStep: (step: string) => void;
};

/** An emulated machine needs minutes for a login. */
const seconds = 900;

/**
 * Changes the machine of a trial to other settings, as `apply` does: the change stays because a new login works. Throws
 * `OutsideError` if the machine refuses or reverts it.
 */
export async function changeSensor(
  { login, waitForLogin }: Pick<VirtualMachine, "login" | "waitForLogin">,
  { plan, secrets }: StandIns["sensors"][number],
  { release, signal, onStep }: ChangeSensorOptions,
): Promise<void> {
  const { user, port, key, knownHosts } = login;
  const here = { user, address: "127.0.0.1", port, identity: { key, knownHosts } };
  const change = { from: here, to: here, archive: applyArchive(plan, secrets, release) };
  const options = { signal, isBatch: true, say: (line: string) => onStep(`apply: ${line}`) };
  const planned = await planChange(change, options, { waitSeconds: seconds, keeps: true });
  if (changesNothing(planned)) await forgetChange(change, options);
  else await makeChange(change, options, seconds);
  await waitForLogin();
}
