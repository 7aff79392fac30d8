import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../emulation/virtual-machine.ts";

/** A virtual machine that runs on after the trial. */
export type KeptMachine = {
  /** Process id of QEMU. */
  readonly pid: number;
  /** The machine's files, with the `key` of the trial's login. */
  readonly folder: string;
  readonly user: string;
  readonly port: number;
};

/** Lets a machine run on after this process, with a copy of the trial's private key in its folder. */
export async function keepMachine(
  { folder, login: { user, port }, release }: VirtualMachine,
  key: string,
): Promise<KeptMachine> {
  await copyFile(key, join(folder, "key"));
  return { pid: await release(), folder, user, port };
}
