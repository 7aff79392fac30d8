import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { packages } from "../../src/plan/packages.ts";
import { aptMirrors } from "./apt-mirrors.ts";
import { examplePlan } from "./example-plan.ts";
import { execute } from "./scratch-root.ts";

export type DebianRelease = "debian-12" | "debian-13";

/** `arm64` needs qemu-user-static, registered for programs of it, and arch-test beside the other tools. */
export type Architecture = "amd64" | "arm64";

export const debianReleases: readonly DebianRelease[] = ["debian-12", "debian-13"];

/** The requirements of {@link debianTree} and {@link bootDisk}, for `needs(...)`. */
export const debianTreeTools = ["mmdebstrap", "mke2fs"] as const;

/** A Debian that boots: the kernel and its initrd are outside of the disk, as QEMU takes them. */
export type BootDisk = {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly architecture: Architecture;
  /** The device of the serial port in its machine. */
  readonly console: string;
  /** The kernel's command line at the next start, where it is not the usual one. */
  readonly commandLine?: () => string;
};

const codenames: Readonly<Record<DebianRelease, string>> = { "debian-12": "bookworm", "debian-13": "trixie" };

// The packages of a cloud image that matter here. The first boot installs cron, nftables and tcpdump.
const cloudPackages = (architecture: Architecture): readonly string[] => [
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

// The time server is the test's (time-server.ts): there may be no other.
const files: Readonly<Record<string, string>> = {
  "etc/default/locale": "LANG=C.UTF-8\n",
  "etc/fstab": "LABEL=root / ext4 rw,discard,errors=remount-ro 0 1\n",
  "etc/hostname": "localhost\n",
  "etc/machine-id": "",
  "etc/systemd/timesyncd.conf.d/test.conf": "[Time]\nNTP=10.0.2.2\n",
};

const sizeGigabytes = 6;

/**
 * The root file system of a Debian that is much like its cloud image, as a folder. Made with mmdebstrap from
 * the mirrors of this machine's apt, which takes a minute, and kept in `.cache/` under a name that depends on
 * all that goes into it. Needs root, since its files have owners.
 */
export async function debianTree(release: DebianRelease): Promise<string> {
  return join(await cached(release, "amd64"), "tree");
}

/** {@link debianTree} as a sparse ext4 disk of 6 GB without partitions, made without mounting anything. */
export async function bootDisk(
  release: DebianRelease,
  architecture: Architecture = "amd64",
): Promise<BootDisk> {
  return diskIn(await cached(release, architecture), architecture);
}

/**
 * {@link bootDisk} with the packages of a sensor that has the default settings, which take an emulated machine five
 * minutes. Boots that start from it prove other statements: `sensor.boot.ts` proves that the first boot installs them.
 */
export async function preparedDisk(release: DebianRelease): Promise<BootDisk> {
  return diskIn(await cached(release, "amd64", packages(examplePlan)), "amd64");
}

function diskIn(folder: string, architecture: Architecture): BootDisk {
  return {
    architecture,
    console: architecture === "amd64" ? "ttyS0" : "ttyAMA0",
    disk: join(folder, "disk.img"),
    kernel: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
  };
}

async function cached(
  release: DebianRelease,
  architecture: Architecture,
  more: readonly string[] = [],
): Promise<string> {
  const mirrors = await aptMirrors();
  const sources = mirrors.sources(codenames[release]);
  const included = [...cloudPackages(architecture), ...more];
  const content = JSON.stringify([included, files, sources, mirrors.options, sizeGigabytes]);
  const name = `${release}-${createHash("sha256").update(content).digest("hex").slice(0, 12)}`;
  const folder = resolve(".cache", name);
  if (existsSync(folder)) return folder;
  await mkdir(resolve(".cache"), { recursive: true });
  // Not below the repository: while the tree is made it has a /proc, in which a search would get lost.
  const work = await mkdtemp(join(tmpdir(), "sensorbake-debian-"));
  await makeTree(join(work, "tree"), architecture, included, codenames[release], sources, mirrors.options);
  await makeDisk(work);
  const moved = await mkdtemp(`${folder}.new-`);
  await must("mv", "--target-directory", moved, ...(await readdir(work)).map((entry) => join(work, entry)));
  await rmdir(work);
  try {
    await rename(moved, folder);
  } catch (error) {
    await rm(moved, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function makeTree(
  tree: string,
  architecture: Architecture,
  included: readonly string[],
  codename: string,
  sources: readonly string[],
  options: readonly string[],
): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error("a Debian tree can only be made as root: its files have owners");
  const words = ["--quiet", "--mode=root", "--variant=minbase", "--format=directory"];
  words.push(`--architectures=${architecture}`, `--include=${included.join(",")}`);
  words.push(...options.map((option) => `--aptopt=${option}`));
  await must("mmdebstrap", ...words, codename, tree, ...sources);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(tree, path, ".."), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  for (const name of await readdir(join(tree, "etc/ssh"))) {
    if (name.startsWith("ssh_host_")) await rm(join(tree, "etc/ssh", name));
  }
}

async function makeDisk(folder: string): Promise<void> {
  const tree = join(folder, "tree");
  await must(
    "mke2fs",
    "-q",
    "-t",
    "ext4",
    "-L",
    "root",
    "-d",
    tree,
    join(folder, "disk.img"),
    `${sizeGigabytes}G`,
  );
  for (const name of await readdir(join(tree, "boot"))) {
    const kind = name.match(/^(vmlinuz|initrd\.img)-/)?.[1];
    if (kind !== undefined) await cp(join(tree, "boot", name), join(folder, kind));
  }
}

async function must(command: string, ...words: readonly string[]): Promise<void> {
  const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { code, stderr } = await execute(command, words, environment, 3600);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${stderr}`);
}
