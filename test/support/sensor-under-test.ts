import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Test } from "uvu";
import type { BootDisk } from "../../src/emulation/boot-disk.ts";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { bootDisk, debianReleases, debianTreeTools } from "./debian-tree.ts";
import { needs } from "./needs.ts";
import { sensorbake } from "./sensorbake.ts";
import { testMachine, testMachineTools } from "./test-machine.ts";
import { type UnderTest, underTest } from "./under-test.ts";

export type SensorName = "fra-vps" | "nyc-vps";

/** Declares a test of a machine that an {@link UnderTest} has booted. */
export type Probe = (name: string, body: (machine: VirtualMachine) => Promise<void>) => void;

/** The requirements of the boot tests, for `needs(...)`. */
export const bootTools = [...debianTreeTools, ...testMachineTools, "ssh-keygen", "tcpdump", "unzip", "7zz"];

export const adminPort = 12222;
export const excludedPort = 9999;
export const sevenZipPassword = "of the 7z sensor";

// The time zone is not UTC, so that mixing them up is noticed.
const settings = (release: DebianRelease): string => `version: 1
defaults:
  os: ${release}
  target: nocloud
  timezone: America/New_York
  admin:
    user: analyst
    ssh_port: ${adminPort}
    ssh_keys: [{file: key.pub}]
    allow_from: [10.0.2.0/24]
  capture: {exclude_ports: [${adminPort}, ${excludedPort}], keep_days: 14}
  backup: {schedule: "0 3 * * *", keep_days: 14}
sensors:
  - {name: fra-vps}
  - {name: nyc-vps, backup: {format: 7z, password: {env: BACKUP_PASSWORD}}}
`;

/** The releases that `SENSORBAKE_BOOT` asks for: `debian-12`, `debian-13` (unless said otherwise) or `all`. */
export function releasesToBoot(): readonly DebianRelease[] {
  const wanted = process.env.SENSORBAKE_BOOT ?? "debian-13";
  const found = wanted === "all" ? debianReleases : debianReleases.filter((release) => release === wanted);
  if (found.length === 0)
    throw new Error(`SENSORBAKE_BOOT: ${wanted} is none of ${debianReleases.join(", ")}, all`);
  return found;
}

/**
 * A sensor of the settings above, compiled by the real command, in a machine that boots `release` from the files
 * it wrote. `turnOn` brings the machine to the point where tests begin; a machine that gets
 * stuck before it is a sensor is tried once more. `image`: what Packer has baked, instead of the plain system; the
 * sensor then has only its seed.
 */
export function sensorUnderTest(
  release: DebianRelease,
  name: SensorName,
  turnOn: (machine: VirtualMachine) => Promise<void>,
  image?: () => Promise<BootDisk>,
): UnderTest {
  return underTest("the sensor", async ({ folder, key, keep }) => {
    const disk = await (image === undefined ? bootDisk(release) : image());
    const seed = join(await compile(folder, release, image === undefined ? [] : ["--seed-only"]), name);
    const options = { disk, seed, key, user: "analyst", sshPort: adminPort, ports: [22, 23, excludedPort] };
    const machine = await testMachine(options);
    keep(machine);
    try {
      await turnOn(machine);
      return machine;
    } catch (error) {
      // Once the sensor's own units have begun, it is they that fail.
      if (machine.hasSaid(/honeypot-/)) throw error;
      process.stdout.write(`${release}: ${name} did not boot, once more: ${String(error)}\n`);
      await machine.dispose();
      const other = await testMachine(options);
      keep(other);
      await turnOn(other);
      return other;
    }
  });
}

/** Declares probes of a sensor in a suite. Each tells how long it took: together they take minutes. */
export function probesOf(suite: Test, release: DebianRelease, subject: UnderTest): Probe {
  const test = needs(...bootTools);
  return (name, body) => {
    test(suite, `${release}: ${name}`, async () => {
      const begin = Date.now();
      await body(await subject.machine());
      process.stdout.write(`\n${Math.round((Date.now() - begin) / 1000)} s, ${release}: ${name} `);
    });
  };
}

async function compile(folder: string, release: DebianRelease, words: readonly string[]): Promise<string> {
  const file = await writeSettings(folder, release);
  const out = join(folder, "out");
  const env = { BACKUP_PASSWORD: sevenZipPassword };
  const { code, stderr } = await sensorbake(["build", file, "--output", out, ...words], { env });
  if (code !== 0) throw new Error(`sensorbake build ended with ${code}: ${stderr}`);
  return out;
}

/** Writes the settings above beside the admin's `key.pub`, and returns their path. */
export async function writeSettings(folder: string, release: DebianRelease): Promise<string> {
  const file = join(folder, "sensors.yaml");
  await writeFile(file, settings(release));
  return file;
}
