import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Accelerator } from "../../src/emulation/accelerator.ts";
import {
  type VirtualMachine,
  type VirtualMachineOptions,
  virtualMachine,
} from "../../src/emulation/virtual-machine.ts";
import type { Seed } from "../../src/image/seed.ts";

/** The requirements of {@link testMachine}, for `needs(...)`. */
export const testMachineTools = ["qemu-system-x86_64", "qemu-img", "setpriv", "ssh"] as const;

/** The seed is a folder with user-data, meta-data and perhaps network-config. */
export type TestMachineOptions = Omit<VirtualMachineOptions, "accelerator" | "seed"> & {
  readonly seed?: string;
};

// The machines end with the process, however the test ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/**
 * A virtual machine of a test, which has not been started. `SENSORBAKE_ACCEL=kvm` makes it faster where /dev/kvm works;
 * `SENSORBAKE_BOOT_KEEP` keeps its disk.
 */
export async function testMachine({ seed, ...options }: TestMachineOptions): Promise<VirtualMachine> {
  const accelerator = process.env.SENSORBAKE_ACCEL === "kvm" ? "kvm" : ("tcg" satisfies Accelerator);
  const machine = await virtualMachine({
    ...options,
    accelerator,
    ...(seed !== undefined && { seed: await seedIn(seed) }),
  });
  if (process.env.SENSORBAKE_BOOT_KEEP === undefined) return machine;
  process.stderr.write(`keeps ${machine.folder}\n`);
  return { ...machine, dispose: () => machine.dispose("keep") };
}

async function seedIn(folder: string): Promise<Seed> {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ name: path }) => ({ path, content: await readFile(join(folder, path)) })),
  );
}
