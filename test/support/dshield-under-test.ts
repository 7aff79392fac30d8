import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootDisk } from "../../src/emulation/boot-disk.ts";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { preparedDisk } from "./debian-tree.ts";
import { type DshieldService, startDshieldService } from "./dshield-service.ts";
import { standInRepository } from "./dshield-stand-in.ts";
import { startGitServer } from "./git-server.ts";
import { addFiles, gitconfig, unitVariables } from "./guest-files.ts";
import { adminPort, type SensorName } from "./sensor-under-test.ts";
import { sensorbake } from "./sensorbake.ts";
import { testMachine } from "./test-machine.ts";
import { type UnderTest, underTest } from "./under-test.ts";

export const account = { email: "analyst+boot@example.org", userId: 123456, apiKey: "Boot+key/123==" };

/** Where DShield's repository is on GitHub. */
export const dshieldOwner = "DShield-ISC";

/** DShield of the account above. */
export const dshieldSettings = {
  install: true,
  email: account.email,
  user_id: account.userId,
  api_key: { env: "DSHIELD_API_KEY" },
  // The installer takes any minute of the day for it.
  daily_reboot: "off",
} as const;

/** Variables by which the sensor's scripts ask our service instead of DShield's. */
export function serviceVariables({ port }: DshieldService): Readonly<Record<string, string>> {
  return { dshield_service: `http://10.0.2.2:${port}` };
}

/** The sensor's settings; a probe that needs more adds it here. */
const settingsOf = (release: DebianRelease, dshield: object, settings: object): object => ({
  version: 1,
  defaults: {
    os: release,
    target: "nocloud",
    admin: { ssh_port: adminPort, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
    dshield: { ...dshieldSettings, ...dshield },
    ...settings,
  },
  sensors: [{ name: "fra-vps" }, { name: "nyc-vps" }],
});

/** The stand-in's repository, served. */
export type DshieldRepository = {
  readonly folder: string;
  readonly commit: string;
  /** For a guest's `/etc/gitconfig`: its git takes the repository for DShield's. */
  readonly gitconfig: string;
  readonly stop: () => Promise<void>;
};

/** Serves a repository of the stand-in until it is stopped. */
export async function serveDshield(): Promise<DshieldRepository> {
  const base = await mkdtemp(join(tmpdir(), "sensorbake-dshield-"));
  const folder = join(base, "dshield");
  const commit = await standInRepository(folder);
  const server = await startGitServer(base);
  return {
    folder,
    commit,
    gitconfig: gitconfig(server.port, dshieldOwner).content,
    stop: async () => {
      await server.stop();
      await rm(base, { recursive: true });
    },
  };
}

/** Writes the settings above beside the admin's `key.pub`, and returns their path. */
export async function writeDshieldSettings(
  folder: string,
  release: DebianRelease,
  dshield: object,
  settings: object = {},
): Promise<string> {
  const file = join(folder, "sensors.yaml");
  await writeFile(file, JSON.stringify(settingsOf(release, dshield, settings)));
  return file;
}

/** Ports of the guest that probes talk to. */
const ports: readonly number[] = [22, 23, 80, 2222, 2223, 8000, 8443];

/** A sensor whose first boot installs DShield from the stand-in; the rest is there once it is turned on. */
export type DshieldUnderTest = UnderTest & {
  readonly service: () => DshieldService;
  /** The folder of the repository that it fetches from. */
  readonly repository: () => string;
};

/** A sensor that has only its seed, on an image that was baked for the settings above from a repository still served. */
export type OnBaked = {
  readonly name: SensorName;
  readonly bake: () => Promise<{ readonly image: BootDisk; readonly repository: DshieldRepository }>;
};

type Variant = {
  /** Each week to the newest commit of its branch, instead of one commit for ever. */
  readonly updates?: boolean;
  /** On the image that Packer has made, instead of the plain system. */
  readonly baked?: OnBaked;
  /** More settings of the sensor. */
  readonly settings?: object;
};

/**
 * A sensor of the settings above that has been turned on. Its git takes the stand-in for DShield's repository, and the
 * service that knows API keys is one of ours: a file of the guest says so, no setting does.
 */
export function dshieldUnderTest(
  release: DebianRelease,
  { updates, baked, settings }: Variant = {},
): DshieldUnderTest {
  let served: DshieldRepository | undefined;
  let service: DshieldService | undefined;
  let repository: string | undefined;
  const subject = underTest("the sensor", async ({ folder, key, keep }) => {
    const image = await baked?.bake();
    if (image === undefined) served = await serveDshield();
    const { commit, gitconfig: toOurs, folder: own } = image?.repository ?? (served as DshieldRepository);
    repository = own;
    service = await startDshieldService(account);
    const dshield = updates ? { ref: "main", updates: "weekly" } : { ref: commit };
    const file = await writeDshieldSettings(folder, release, dshield, settings);
    const name = baked?.name ?? "fra-vps";
    const words = ["--output", join(folder, "out"), "--sensor", name, ...(baked ? ["--seed-only"] : [])];
    const env = { DSHIELD_API_KEY: account.apiKey };
    const built = await sensorbake(["build", file, ...words], { env });
    if (built.code !== 0) throw new Error(`sensorbake build ended with ${built.code}: ${built.stderr}`);
    const seed = join(folder, "out", name);
    const ours = serviceVariables(service);
    await addFiles(join(seed, "user-data"), [
      { path: "/etc/gitconfig", content: toOurs },
      unitVariables("honeypot-first-boot.service", ours),
      // The status takes an emulated machine long enough.
      unitVariables("honeypot-update.service", { ...ours, update_pause: "3" }),
    ]);
    const disk = image?.image ?? (await preparedDisk(release));
    const machine = await testMachine({ disk, seed, key, user: "analyst", sshPort: adminPort, ports });
    keep(machine);
    await machine.start();
    await machine.waitForLogin();
    return machine;
  });
  return {
    machine: subject.machine,
    service: () => {
      if (service === undefined) throw new Error("the sensor has not been turned on");
      return service;
    },
    repository: () => {
      if (repository === undefined) throw new Error("the sensor has not been turned on");
      return repository;
    },
    dispose: async () => {
      await subject.dispose();
      await served?.stop();
      service?.stop();
    },
  };
}

/** Waits for the end of the first boot, which reboots the machine on its way, and logs in again. */
export async function waitForFirstBoot(machine: VirtualMachine): Promise<void> {
  await waitFor(
    "the end of the first boot",
    async () => {
      const { code, stdout } = await machine.run(
        "test -e /var/lib/honeypot/state/first-boot.done || { cat /var/lib/honeypot/state/first-boot.last; exit 1; }",
      );
      if (code === 255) await machine.waitForLogin();
      if (code === 1) throw new Error(stdout.toString());
      return code === 0;
    },
    3000,
  );
}
