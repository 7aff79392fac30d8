import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { makeSeed, type Seed } from "../image/seed.ts";
import type { Accelerator } from "./accelerator.ts";
import type { BootDisk } from "./boot-disk.ts";
import { release, spawnBound } from "./bound.ts";
import { machineWords, qemuPrograms } from "./machine-words.ts";
import { monitor } from "./monitor.ts";
import { cardWords, type NetworkCard } from "./network-card.ts";
import { runProgram } from "./run-program.ts";
import { GaveUp, waitFor } from "./wait-for.ts";

export type Emulator = {
  /** Turns it on, with the disk as it was left, and with these network cards. */
  readonly start: (cards: readonly NetworkCard[]) => Promise<void>;
  /** Plugs in another card. Throws for an isolated one, which would not be isolated. */
  readonly plug: (card: NetworkCard) => Promise<void>;
  /** As a power cut: whatever the guest has not written to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  /** Lets it run on when this process ends; returns the process id of QEMU. */
  readonly release: () => number;
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
  /** Whether {@link Emulator.release} may be called. */
  readonly mayOutlive?: boolean | undefined;
};

/**
 * A machine of QEMU that has not been started: a copy-on-write layer over the base, and a volume with the seed. It ends
 * with this process. Emulation without hardware acceleration takes one to two minutes for a boot.
 */
export async function emulator({
  base,
  seed,
  accelerator,
  folder,
  mayOutlive = false,
}: EmulatorOptions): Promise<Emulator> {
  const file = (name: string): string => join(folder, name);
  await createLayer(base, file("disk.qcow2"));
  if (seed !== undefined) await writePrivate(file("seed.img"), makeSeed(seed));

  let child: ChildProcess | undefined;
  let start = 0;
  const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), "latin1") : "");
  const read = (): string => textOf("console");
  const isOff = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const assertRunning = (): void => {
    if (!isOff()) return;
    const messages = textOf("messages").slice(-4000).trim();
    throw new GaveUp(messages === "" ? "the machine is off" : `QEMU ended: ${messages}`);
  };
  const command = (name: string, words: object): Promise<unknown> => monitor(file("monitor"), name, words);
  return {
    assertRunning,
    console: () => readable(read().slice(start)),
    start: async (cards) => {
      start = read().length;
      const words = [
        ...machineWords(base, accelerator, file, seed !== undefined),
        ...cards.flatMap(cardWords),
      ];
      const messages = openSync(file("messages"), "w", 0o600);
      const started = spawnBound(
        qemuPrograms[base.architecture],
        words,
        { stdio: ["ignore", "ignore", messages] },
        mayOutlive,
      );
      closeSync(messages);
      started.on("error", ({ message }) => writeFileSync(file("messages"), message));
      child = started;
      limitConsole(started, file);
      await waitFor("the monitor of QEMU", async () => {
        assertRunning();
        return command("query-status", {}).then(() => true);
      });
    },
    release: () => {
      assertRunning();
      if (child?.pid === undefined) throw new Error("a running process has an id");
      release(child);
      return child.pid;
    },
    plug: async ({ name, network, mac, forwards, isolation }) => {
      if (isolation !== undefined) throw new Error("a card that is plugged in later cannot be isolated");
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

const consoleAtMost = 256 << 20;

// An attacker may control the machine, and must not fill this disk.
function limitConsole(child: ChildProcess, file: (name: string) => string): void {
  const watch = setInterval(() => {
    const { size } = statSync(file("console"), { throwIfNoEntry: false }) ?? { size: 0 };
    if (size <= consoleAtMost) return;
    writeFileSync(file("messages"), `the guest wrote more than ${consoleAtMost} bytes to its console`);
    child.kill("SIGKILL");
  }, 2000);
  watch.unref();
  child.on("close", () => clearInterval(watch));
}

async function createLayer({ disk, format, grownTo }: BootDisk, layer: string): Promise<void> {
  if (!existsSync(disk)) throw new OutsideError(`there is no disk ${disk}`);
  const size = grownTo === undefined ? [] : [String(grownTo)];
  await runProgram("qemu-img", ["create", "-q", "-f", "qcow2", "-F", format, "-b", disk, layer, ...size]);
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
