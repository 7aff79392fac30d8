import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { makeSeed, type Seed } from "../image/seed.ts";
import type { Accelerator } from "./accelerator.ts";
import type { BootDisk } from "./boot-disk.ts";
import { spawnBound } from "./bound.ts";
import { machineWords, qemuPrograms } from "./machine-words.ts";
import { monitor } from "./monitor.ts";
import { cardWords, type NetworkCard } from "./network-card.ts";
import { runProgram } from "./run-program.ts";
import { GaveUp, waitFor } from "./wait-for.ts";

export type Emulator = {
  /** Turns it on, with the disk as it was left, and with these network cards. */
  readonly start: (cards: readonly NetworkCard[]) => Promise<void>;
  readonly plug: (card: NetworkCard) => Promise<void>;
  /** As a power cut: whatever the guest has not written to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  /** What the console said since the last start, without colours. */
  readonly console: () => string;
  /** Throws {@link GaveUp} if the machine is off. */
  readonly assertRunning: () => void;
};

export type EmulatorOptions = {
  readonly base: BootDisk;
  /** Becomes the CIDATA volume. */
  readonly seed?: Seed | undefined;
  readonly accelerator: Accelerator;
  /** An empty folder that only this user can read: it gets the machine's disk, and the seed with its secrets. */
  readonly folder: string;
};

/**
 * A machine of QEMU that has not been started: a copy-on-write layer over the base, and a volume with the seed. It ends
 * with this process. Emulation without hardware acceleration takes one to two minutes for a boot.
 */
export async function emulator({ base, seed, accelerator, folder }: EmulatorOptions): Promise<Emulator> {
  const file = (name: string): string => join(folder, name);
  await createLayer(base, file("disk.qcow2"));
  if (seed !== undefined) await writePrivate(file("seed.img"), makeSeed(seed));

  let child: ChildProcess | undefined;
  let messages = "";
  let start = 0;
  const read = (): string => (existsSync(file("console")) ? readFileSync(file("console"), "latin1") : "");
  const isOff = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const assertRunning = (): void => {
    if (isOff()) throw new GaveUp(messages === "" ? "the machine is off" : `QEMU ended: ${messages.trim()}`);
  };
  const command = (name: string, words: object): Promise<unknown> => monitor(file("monitor"), name, words);
  return {
    assertRunning,
    console: () => readable(read().slice(start)),
    start: async (cards) => {
      start = read().length;
      messages = "";
      const words = [
        ...machineWords(base, accelerator, file, seed !== undefined),
        ...cards.flatMap(cardWords),
      ];
      const started = spawnBound(qemuPrograms[base.architecture], words, {
        stdio: ["ignore", "ignore", "pipe"],
      });
      started.stderr?.on("data", (chunk: Buffer) => {
        messages = (messages + chunk.toString()).slice(-4000);
      });
      started.on("error", ({ message }) => {
        messages = message;
      });
      child = started;
      await waitFor("the monitor of QEMU", async () => {
        assertRunning();
        return command("query-status", {}).then(() => true);
      });
    },
    plug: async ({ name, network, mac, forwards }) => {
      const hostfwd = forwards.map(({ from, to }) => ({ str: `tcp:127.0.0.1:${from}-:${to}` }));
      await command("netdev_add", { type: "user", id: name, net: network, ipv6: false, hostfwd });
      await command("device_add", { driver: "virtio-net-pci", netdev: name, mac, id: `card-${name}` });
    },
    cutPower: async () => {
      if (child === undefined || isOff()) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      await rm(file("monitor"), { force: true });
    },
  };
}

async function createLayer({ disk, format }: BootDisk, layer: string): Promise<void> {
  if (!existsSync(disk)) throw new OutsideError(`there is no disk ${disk}`);
  await runProgram("qemu-img", ["create", "-q", "-f", "qcow2", "-F", format, "-b", disk, layer]);
}

async function writePrivate(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  await file.writeFile(content).finally(() => file.close());
}

/** The console without colours and cursor movements. */
function readable(console: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
  return console.replace(/\x1b[[\]()][0-9;?!]*[a-zA-Z]?|\r/g, "");
}
