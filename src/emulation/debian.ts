import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { aptMirrors } from "./apt-mirrors.ts";
import type { Architecture, BootDisk, DirectKernel } from "./boot-disk.ts";
import { runProgram } from "./run-program.ts";

export type DebianRelease = "debian-12" | "debian-13";

/** What goes into a Debian system. */
export type DebianRecipe = {
  readonly release: DebianRelease;
  /** `arm64` on another processor needs qemu-user-static, registered for programs of it, and arch-test. */
  readonly architecture: Architecture;
  /** Packages besides those of a cloud image. */
  readonly packages: readonly string[];
  /** Files besides those of every system, by their path without the first slash. */
  readonly files: Readonly<Record<string, string>>;
};

/** A Debian whose kernel QEMU starts itself, and its root file system as a folder. */
export type DebianSystem = BootDisk & { readonly kernel: DirectKernel; readonly tree: string };

/** The programs that {@link debianSystem} needs. */
export const debianTools = ["mmdebstrap", "mke2fs"] as const;

const codenames: Readonly<Record<DebianRelease, string>> = { "debian-12": "bookworm", "debian-13": "trixie" };

/** The packages of a cloud image that matter here. The first boot installs cron, nftables and tcpdump. */
export const cloudPackages = (architecture: Architecture): readonly string[] => [
  "apparmor",
  "ca-certificates",
  "cloud-guest-utils",
  "cloud-init",
  "dbus",
  "e2fsprogs",
  "iproute2",
  `linux-image-cloud-${architecture}`,
  "locales",
  "netbase",
  "netplan.io",
  "openssh-server",
  "sudo",
  "systemd",
  "systemd-resolved",
  "systemd-sysv",
  "systemd-timesyncd",
  "tzdata",
  "udev",
];

const systemFiles: Readonly<Record<string, string>> = {
  "etc/default/locale": "LANG=C.UTF-8\n",
  "etc/fstab": "LABEL=root / ext4 rw,discard,errors=remount-ro 0 1\n",
  "etc/hostname": "localhost\n",
  "etc/machine-id": "",
};

const sizeGigabytes = 6;

/**
 * A Debian that is much like its cloud image, on a sparse ext4 disk without partitions. mmdebstrap makes it from the
 * mirrors of this machine's apt, which takes a minute; `cache` keeps it under a name that depends on all that goes into
 * it. Needs root, because its files have owners.
 */
export async function debianSystem(
  recipe: DebianRecipe,
  cache: string,
  signal?: AbortSignal,
): Promise<DebianSystem> {
  const { release, architecture } = recipe;
  const mirrors = await aptMirrors();
  const sources = mirrors.sources(codenames[release]);
  const included = [...cloudPackages(architecture), ...recipe.packages];
  const files = { ...systemFiles, ...recipe.files };
  const content = JSON.stringify([included, files, sources, mirrors.options, sizeGigabytes]);
  const name = `${release}-${createHash("sha256").update(content).digest("hex").slice(0, 12)}`;
  const folder = join(cache, name);
  if (existsSync(folder)) return systemIn(folder, architecture);

  if (process.getuid?.() !== 0)
    throw new OutsideError("a Debian system can only be made as root: its files have owners");
  await mkdir(cache, { recursive: true });
  // Not below the repository: while the tree is made it has a /proc, in which a search would get lost.
  const work = await mkdtemp(join(tmpdir(), "sensorbake-debian-"));
  try {
    const words = ["--quiet", "--mode=root", "--variant=minbase", "--format=directory"];
    words.push(`--architectures=${architecture}`, `--include=${included.join(",")}`);
    words.push(...mirrors.options.map((option) => `--aptopt=${option}`));
    const tree = join(work, "tree");
    await runProgram("mmdebstrap", [...words, codenames[release], tree, ...sources], {
      signal,
      seconds: 3600,
    });
    await finishTree(tree, files);
    await makeDisk(work, signal);
    await moveTo(folder, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return systemIn(folder, architecture);
}

function systemIn(folder: string, architecture: Architecture): DebianSystem {
  return {
    architecture,
    disk: join(folder, "disk.img"),
    format: "raw",
    kernel: { image: join(folder, "vmlinuz"), initrd: join(folder, "initrd.img") },
    tree: join(folder, "tree"),
  };
}

async function finishTree(tree: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  // Each machine makes its own.
  for (const name of await readdir(join(tree, "etc/ssh"))) {
    if (name.startsWith("ssh_host_")) await rm(join(tree, "etc/ssh", name));
  }
}

async function makeDisk(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const [tree, disk] = [join(folder, "tree"), join(folder, "disk.img")];
  const words = ["-q", "-t", "ext4", "-L", "root", "-d", tree, disk, `${sizeGigabytes}G`];
  await runProgram("mke2fs", words, { signal, seconds: 3600 });
  for (const name of await readdir(join(tree, "boot"))) {
    const kind = name.match(/^(vmlinuz|initrd\.img)-/)?.[1];
    if (kind !== undefined) await cp(join(tree, "boot", name), join(folder, kind));
  }
}

async function moveTo(folder: string, work: string): Promise<void> {
  const moved = await mkdtemp(`${folder}.new-`);
  try {
    const entries = (await readdir(work)).map((entry) => join(work, entry));
    await runProgram("mv", ["--target-directory", moved, ...entries], { seconds: 3600 });
    await rename(moved, folder);
  } catch (error) {
    await rm(moved, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}
