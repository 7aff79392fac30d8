import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { OutsideError } from "../outside.ts";

/** What a build asks of the machine it runs on. */
export type Wish = {
  /** A source and one of its builds: `qemu.amd64`. */
  readonly build: string;
  readonly accelerator: string;
};

/** Makes sure that this machine has what the build needs before anything is started; else `OutsideError`. */
export async function checkMachine({ build, accelerator }: Wish): Promise<void> {
  if (build.startsWith("arm-image.") && process.getuid?.() !== 0)
    throw new OutsideError("arm-image mounts the image it changes", "run it as root");
  if (!build.startsWith("qemu.")) return;
  const emulator = build === "qemu.arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";
  for (const tool of [emulator, "qemu-img", "ssh-keygen"])
    if (!(await isOnPath(tool)))
      throw new OutsideError(`${tool} is not installed`, "Packer's qemu source needs it");
  const makers = ["xorriso", "mkisofs", "hdiutil", "oscdimg"];
  const found = await Promise.all(makers.map(isOnPath));
  if (!found.includes(true))
    throw new OutsideError(
      `none of ${makers.join(", ")} is installed`,
      "Packer makes the seed's CD with one of them",
    );
  if (accelerator === "kvm" && !(await canUse("/dev/kvm")))
    throw new OutsideError(
      "/dev/kvm cannot be used here, so that the build would take some ten times as long",
      "if that is all right: --accelerator tcg; else join the group kvm, or turn virtualization on in the firmware",
    );
}

async function isOnPath(tool: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? "").split(delimiter))
    if (await can(join(folder, tool), constants.X_OK)) return true;
  return false;
}

function canUse(device: string): Promise<boolean> {
  return can(device, constants.R_OK | constants.W_OK);
}

function can(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
