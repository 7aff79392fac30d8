import { resolve } from "node:path";
import type { Architecture } from "../../src/emulation/boot-disk.ts";
import {
  type DebianRelease,
  type DebianSystem,
  debianSystem,
  debianTools,
} from "../../src/emulation/debian.ts";
import { packages } from "../../src/plan/packages.ts";
import { examplePlan } from "./example-plan.ts";

export const debianReleases: readonly DebianRelease[] = ["debian-12", "debian-13"];

/** The requirements of {@link debianTree} and {@link bootDisk}, for `needs(...)`. */
export const debianTreeTools = debianTools;

// The time server is the test's (time-server.ts): there may be no other.
const files = { "etc/systemd/timesyncd.conf.d/test.conf": "[Time]\nNTP=10.0.2.2\n" };

/** The root file system of a Debian that is much like its cloud image, as a folder. Needs root. */
export async function debianTree(release: DebianRelease): Promise<string> {
  return (await bootDisk(release)).tree;
}

/** {@link debianTree} as a disk. */
export async function bootDisk(
  release: DebianRelease,
  architecture: Architecture = "amd64",
): Promise<DebianSystem> {
  return debianSystem({ release, architecture, packages: [], files }, resolve(".cache"));
}

/**
 * {@link bootDisk} with the packages of a sensor that has the default settings, which take an emulated machine five
 * minutes. Boots that start from it prove other statements: `sensor.boot.ts` proves that the first boot installs them.
 */
export async function preparedDisk(release: DebianRelease): Promise<DebianSystem> {
  const recipe = { release, architecture: "amd64", packages: packages(examplePlan), files } as const;
  return debianSystem(recipe, resolve(".cache"));
}
