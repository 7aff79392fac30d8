/** The processor of a virtual machine, as Debian names it. */
export type Architecture = "amd64" | "arm64";

/** A disk with a system. It is only read: each machine writes to a layer of its own. */
export type BootDisk = {
  readonly disk: string;
  readonly format: "raw" | "qcow2";
  readonly architecture: Architecture;
  /** The size of the machine's own disk, if it is larger than this one. */
  readonly grownTo?: number;
  /** The files by which QEMU itself starts the kernel. Without them firmware starts the boot loader of the disk. */
  readonly kernel?: DirectKernel;
};

/** A kernel outside of the disk. */
export type DirectKernel = {
  readonly image: string;
  readonly initrd: string;
  /** The kernel's command line at the next start, if it differs from {@link usualCommandLine}. */
  readonly commandLine?: () => string;
};

/** The device of the serial port in QEMU's machine. */
export const serialConsoles: Readonly<Record<Architecture, string>> = { amd64: "ttyS0", arm64: "ttyAMA0" };

/** The kernel's command line for a disk whose root file system is labelled `root`: the journal goes to the serial port. */
export function usualCommandLine(architecture: Architecture): string {
  const console = serialConsoles[architecture];
  return `root=LABEL=root ro console=${console} net.ifnames=0 systemd.journald.forward_to_console=1`;
}
