import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** The requirements of a build. */
export type Wish = {
  /** A source and one of its builds: `qemu.amd64`. */
  readonly build: string;
  readonly accelerator: string;
};

/** The machine's functions that a build needs. */
export type BuildMachine = {
  readonly hasTool: (name: string) => Promise<boolean>;
  /** Whether a device can be read and written. */
  readonly canUse: (device: string) => Promise<boolean>;
  readonly isRoot: boolean;
};

/** Checks that the machine meets the requirements before anything starts; throws `OutsideError` otherwise. */
export async function checkMachine(
  { build, accelerator }: Wish,
  machine: BuildMachine = thisMachine(),
): Promise<void> {
  if (build.startsWith("arm-image.") && !machine.isRoot)
    throw new OutsideError("arm-image mounts the image that it changes", "run it as root");
  if (!build.startsWith("qemu.")) return;
  const emulator = build === "qemu.arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";
  for (const tool of [emulator, "qemu-img", "ssh-keygen"])
    if (!(await machine.hasTool(tool)))
      throw new OutsideError(`${tool} is not installed`, "Packer's qemu source needs it");
  const makers = ["xorriso", "mkisofs", "hdiutil", "oscdimg"];
  const found = await Promise.all(makers.map(machine.hasTool));
  if (!found.includes(true))
    throw new OutsideError(
      `none of ${makers.join(", ")} is installed`,
      "Packer needs one of them to create the seed's CD",
    );
  if (accelerator === "kvm" && !(await machine.canUse("/dev/kvm")))
    throw new OutsideError(
      "/dev/kvm is not usable, so the build would take about ten times as long",
      "to accept that, use --accelerator tcg; otherwise join the group kvm, or enable virtualization in the firmware",
    );
}

function thisMachine(): BuildMachine {
  return {
    isRoot: process.getuid?.() === 0,
    canUse: (device) => can(device, constants.R_OK | constants.W_OK),
    hasTool: async (name) => {
      for (const folder of (process.env.PATH ?? "").split(delimiter))
        if (await can(join(folder, name), constants.X_OK)) return true;
      return false;
    },
  };
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
