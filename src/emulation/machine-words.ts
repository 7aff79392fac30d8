import type { Accelerator } from "./accelerator.ts";
import { type Architecture, type BootDisk, usualCommandLine } from "./boot-disk.ts";
import { firmwareWords } from "./firmware.ts";

/** QEMU's program for each processor. */
export const qemuPrograms: Readonly<Record<Architecture, string>> = {
  amd64: "qemu-system-x86_64",
  arm64: "qemu-system-aarch64",
};

// The emulation of VAES in QEMU 7.2 decrypts wrongly, and Debian 12's 7-Zip uses it. A Pi 4 has the other.
const emulated: Readonly<Record<Architecture, string>> = { amd64: "max,vaes=off", arm64: "cortex-a72" };

/** The words that choose QEMU's processor and the machine around it. */
export function processorWords(architecture: Architecture, accelerator: Accelerator): readonly string[] {
  const accel = accelerator === "tcg" ? "tcg,thread=multi" : accelerator;
  const processor = accelerator === "tcg" ? emulated[architecture] : "host";
  // The other machine is the usual one.
  const machine = architecture === "arm64" ? ["-machine", "virt"] : [];
  return ["-accel", accel, "-cpu", processor, ...machine];
}

/** The words for a machine with the disk `disk.qcow2` and the sockets and volumes that `file` names. */
export function machineWords(
  base: BootDisk,
  accelerator: Accelerator,
  file: (name: string) => string,
  hasSeed: boolean,
): readonly string[] {
  return [
    ...processorWords(base.architecture, accelerator),
    ...["-smp", "2", "-m", "1024"],
    ...["-display", "none", "-nodefaults", "-no-user-config", "-device", "virtio-rng-pci"],
    ...kernelWords(base),
    ...["-drive", `file=${file("disk.qcow2")},if=virtio,format=qcow2,discard=unmap`],
    ...(hasSeed ? ["-drive", `file=${file("seed.img")},if=virtio,format=raw,readonly=on`] : []),
    ...["-chardev", `file,id=console,path=${file("console")},append=on`, "-serial", "chardev:console"],
    ...["-qmp", `unix:${file("monitor")},server=on,wait=off`],
  ];
}

/** The words that boot the system of a disk. */
export function kernelWords({ kernel, architecture }: BootDisk): readonly string[] {
  if (kernel === undefined) return firmwareWords(architecture);
  const append = kernel.commandLine?.() ?? usualCommandLine(architecture);
  return ["-kernel", kernel.image, "-initrd", kernel.initrd, "-append", append];
}
