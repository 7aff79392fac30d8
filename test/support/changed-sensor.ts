import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { bootDisk } from "./debian-tree.ts";
import { waitForFirstBoot } from "./dshield-under-test.ts";
import { guestSsh } from "./guest-ssh.ts";
import { needs } from "./needs.ts";
import { execute } from "./scratch-root.ts";
import { bootTools } from "./sensor-under-test.ts";
import { type Ended, sensorbake } from "./sensorbake.ts";
import { testMachine } from "./test-machine.ts";
import { startTimeServer } from "./time-server.ts";

/** One sensor's entry in a settings file. */
export type Settings = { [key: string]: unknown };

/** A change of the settings, and the words that `apply` needs for it. */
export type Change = readonly [
  name: string,
  change: (sensor: Settings) => Settings,
  words?: readonly string[],
];

/** A sensor that has booted and is changed by the real `apply` with the real ssh. */
export type ChangedSensor = {
  /** Declares a test of the machine. */
  readonly test: (name: string, body: (machine: VirtualMachine) => Promise<void>) => void;
  /** The settings that the machine has now; a test that changes it says so. */
  settings: Settings;
  /** Runs the command with these settings. `signal` kills it. */
  readonly run: (
    command: string,
    sensor: Settings,
    words?: readonly string[],
    signal?: AbortSignal,
  ) => Promise<Ended>;
  /** Compares the machine with the files that the user-data of these settings contains. */
  readonly assertLikeFirstBoot: (sensor: Settings) => Promise<void>;
  /** Declares the last test, in which the machine is turned off. */
  readonly turnOff: () => void;
};

/** Changes some settings of a section. */
export const inside = (key: string, values: Settings) => (sensor: Settings) => ({
  ...sensor,
  [key]: { ...(sensor[key] as Settings | undefined), ...values },
});

/** The settings of the first boot. */
export const originalSettings = (release: DebianRelease): Settings => ({
  name: "fra-vps",
  os: release,
  target: "nocloud",
  address: "127.0.0.1",
  admin: { user: "analyst", ssh_port: 12222, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
});

/** Declares the test of the sensor's first boot, on which the others depend. */
export function changedSensor(suite: Test, release: DebianRelease): ChangedSensor {
  const withTools = needs(...bootTools);
  const ends: (() => unknown)[] = [];
  let folder: string;
  let booted: VirtualMachine | undefined;
  const machine = (): VirtualMachine => {
    if (booted === undefined) throw new Error("the sensor has not booted");
    return booted;
  };
  const path = async (): Promise<string> => {
    if (booted === undefined) return process.env.PATH ?? "";
    const { port } = booted;
    return guestSsh(folder, new Map([12222, 12223].map((guest) => [guest, port(guest)])));
  };
  const run: ChangedSensor["run"] = async (command, sensor, words = [], signal) => {
    const file = join(folder, "sensors.yaml");
    await writeFile(file, JSON.stringify({ version: 1, sensors: [sensor] }));
    const env = { BACKUP_PASSWORD: "another", PATH: await path() };
    return sensorbake([command, file, ...words], { env, ...(signal === undefined ? {} : { signal }) });
  };
  const assertLikeFirstBoot: ChangedSensor["assertLikeFirstBoot"] = async (sensor) => {
    const out = join(folder, "expected");
    const built = await run("build", sensor, ["--output", out]);
    assert.is(built.code, 0, built.stderr);
    const { write_files } = parse(await readFile(join(out, "fra-vps/user-data"), "utf8")) as {
      write_files: readonly { path: string; permissions: string; content: string; encoding?: string }[];
    };
    const wanted = write_files.map(({ path, permissions, content, encoding }) => {
      const bytes = Buffer.from(content, encoding === undefined ? "utf8" : "base64");
      return `${path} ${Number.parseInt(permissions, 8).toString(8)} ${bytes.toString("base64")}\n`;
    });
    const paths = write_files.map(({ path }) => path).join(" ");
    const found = await machine().must(
      `for file in ${paths}; do printf '%s %s %s\\n' "$file" "$(stat -c %a "$file")" "$(base64 -w 0 <"$file")"; done`,
    );
    assert.is(found, wanted.join(""));
    const listed = await machine().must("sed 's/^[0-9a-f]*  //' /etc/honeypot/manifest");
    assert.is(
      listed,
      `${write_files
        .map(({ path }) => path)
        .sort()
        .join("\n")}\n`,
    );
  };
  const settings = originalSettings(release);

  withTools(suite, `${release}: the first boot`, async () => {
    folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    for (const name of ["key", "other"])
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    const built = await run("build", settings, ["--output", join(folder, "out")]);
    assert.is(built.code, 0, built.stderr);
    await startTimeServer();
    const started = await testMachine({
      disk: await bootDisk(release),
      seed: join(folder, "out/fra-vps"),
      key: join(folder, "key"),
      user: "analyst",
      sshPort: 12222,
      ports: [12223],
    });
    booted = started;
    ends.push(() => started.dispose());
    await started.start();
    await started.waitForLogin();
    await waitForFirstBoot(started);
    await assertLikeFirstBoot(settings);
    const { code, stdout } = await run("apply", settings, ["--dry-run", "--detailed-exitcode"]);
    assert.is(code, 0, stdout.toString());
    assert.match(stdout.toString(), "nothing to change");
  });

  return {
    settings,
    run,
    assertLikeFirstBoot,
    test: (name, body) => withTools(suite, `${release}: ${name}`, () => body(machine())),
    turnOff: () =>
      suite(`${release}: the machine is turned off`, async () => {
        for (const end of ends.reverse()) await end();
      }),
  };
}
