import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { execute } from "./scratch-root.ts";
import { startTimeServer } from "./time-server.ts";

/** A machine that many tests share after it has booted. */
export type UnderTest = {
  /** The machine, started by the first caller; later callers get the same one, or its failure. */
  readonly machine: () => Promise<VirtualMachine>;
  readonly dispose: () => Promise<void>;
};

/** What a boot is given: a folder, in it the `key` (and `key.pub`) that may log in, and where to name its machine. */
export type Stage = {
  readonly folder: string;
  readonly key: string;
  /** The machine to be ended at last; one that was named before must have been ended already. */
  readonly keep: (machine: VirtualMachine) => void;
};

/** Boots once, when it is first asked, with a time server at hand. `what` it is: `the sensor`. */
export function underTest(what: string, boot: (stage: Stage) => Promise<VirtualMachine>): UnderTest {
  let folder: string | undefined;
  let current: VirtualMachine | undefined;
  let booted: Promise<VirtualMachine> | undefined;
  const begin = async (): Promise<VirtualMachine> => {
    await startTimeServer();
    folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
    const key = join(folder, "key");
    const { code, stderr } = await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    if (code !== 0) throw new Error(stderr);
    const keep = (machine: VirtualMachine): void => {
      current = machine;
    };
    return boot({ folder, key, keep });
  };
  return {
    machine: async () => {
      if (booted !== undefined)
        return booted.catch(() => {
          throw new Error(`${what} did not boot: see above`);
        });
      booted = begin();
      return booted;
    },
    dispose: async () => {
      await current?.dispose();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
