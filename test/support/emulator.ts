import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadFat } from "../../src/image/fat.ts";
import { makeSeed } from "../../src/image/seed.ts";
import type { Architecture, BootDisk } from "./debian-tree.ts";
import { monitor } from "./monitor.ts";
import { execute } from "./scratch-root.ts";
import { GaveUp, waitFor } from "./wait-for.ts";

export type Emulator = {
  /** Turns it on, with the disk as it was left, and with these network cards. */
  readonly start: (cards: readonly NetworkCard[]) => Promise<void>;
  readonly plug: (card: NetworkCard) => Promise<void>;
  /** As a power cut: whatever the guest has not written to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  /** What the console said since the last start, without colours. */
  readonly console: () => string;
  readonly assertRunning: () => void;
};

/** A card in a network of QEMU's own, where the guest is .15 and this machine is .2. */
export type NetworkCard = {
  readonly name: string;
  readonly network: string;
  readonly mac: string;
  /** From a TCP port of 127.0.0.1 to one of the guest. */
  readonly forwards: readonly { readonly from: number; readonly to: number }[];
};

/** The requirements of {@link emulator}, for `needs(...)`. */
export const emulatorTools = ["qemu-system-x86_64", "qemu-img", "setpriv"] as const;

const programs: Readonly<Record<Architecture, string>> = {
  amd64: "qemu-system-x86_64",
  arm64: "qemu-system-aarch64",
};

// None is left behind, however the test ends; setpriv sees to it when node is killed.
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/**
 * A machine of QEMU that has not been started, with its files in `folder`: a copy-on-write layer over the disk, and a
 * CIDATA volume of the files in `seed`, if there is one. Without hardware acceleration a boot takes one to two minutes;
 * where /dev/kvm works, `SENSORBAKE_ACCEL=kvm` is faster.
 */
export async function emulator(base: BootDisk, seed: string | undefined, folder: string): Promise<Emulator> {
  const file = (name: string): string => join(folder, name);
  await must("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.disk, file("disk.qcow2"));
  if (seed !== undefined) {
    const read = (name: string): Promise<Buffer> => readFile(join(seed, name));
    const written = { "user-data": await read("user-data"), "meta-data": await read("meta-data") };
    const network = existsSync(join(seed, "network-config"))
      ? { "network-config": await read("network-config") }
      : {};
    await writeFile(file("seed.img"), makeSeed({ ...written, ...network }, await loadFat()));
  }

  let child: ChildProcess | undefined;
  let start = 0;
  const read = (): string => (existsSync(file("console")) ? readFileSync(file("console"), "latin1") : "");
  const isOff = (): boolean => child === undefined || child.exitCode !== null || child.signalCode !== null;
  const assertRunning = (): void => {
    if (isOff()) throw new GaveUp("the machine is off");
  };
  const command = (name: string, words: object): Promise<void> => monitor(file("monitor"), name, words);
  return {
    assertRunning,
    console: () => readable(read().slice(start)),
    start: async (cards) => {
      start = read().length;
      const words = [...machineWords(base, file), ...cards.flatMap(cardWords)];
      const started = spawn("setpriv", ["--pdeathsig", "KILL", programs[base.architecture], ...words], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      child = started;
      running.add(started);
      started.on("exit", () => running.delete(started));
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

// The emulation of VAES in QEMU 7.2 decrypts wrongly, and Debian 12's 7-Zip uses it. A Pi 4 has the other.
const emulated: Readonly<Record<Architecture, string>> = { amd64: "max,vaes=off", arm64: "cortex-a72" };

function machineWords(base: BootDisk, file: (name: string) => string): readonly string[] {
  const accelerator = process.env.SENSORBAKE_ACCEL ?? "tcg,thread=multi";
  const usual = `root=LABEL=root ro console=${base.console} net.ifnames=0 systemd.journald.forward_to_console=1`;
  const append = base.commandLine?.() ?? usual;
  const hasSeed = existsSync(file("seed.img"));
  const processor = accelerator.startsWith("kvm") ? "host" : emulated[base.architecture];
  return [
    ...["-accel", accelerator, "-cpu", processor, "-smp", "2", "-m", "1024"],
    // The other machine is the usual one.
    ...(base.architecture === "arm64" ? ["-machine", "virt"] : []),
    ...["-display", "none", "-nodefaults", "-no-user-config", "-device", "virtio-rng-pci"],
    ...["-kernel", base.kernel, "-initrd", base.initrd, "-append", append],
    ...["-drive", `file=${file("disk.qcow2")},if=virtio,format=qcow2,discard=unmap`],
    ...(hasSeed ? ["-drive", `file=${file("seed.img")},if=virtio,format=raw,readonly=on`] : []),
    ...["-chardev", `file,id=console,path=${file("console")},append=on`, "-serial", "chardev:console"],
    ...["-qmp", `unix:${file("monitor")},server=on,wait=off`],
  ];
}

function cardWords({ name, network, mac, forwards }: NetworkCard): readonly string[] {
  const words = forwards.map(({ from, to }) => `,hostfwd=tcp:127.0.0.1:${from}-:${to}`);
  const netdev = `user,id=${name},net=${network},ipv6=off${words.join("")}`;
  return ["-netdev", netdev, "-device", `virtio-net-pci,netdev=${name},mac=${mac},id=card-${name}`];
}

async function must(command: string, ...words: readonly string[]): Promise<void> {
  const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { code, stderr } = await execute(command, words, environment);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr}`);
}

/** The console without colours and cursor movements. */
function readable(console: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
  return console.replace(/\x1b[[\]()][0-9;?!]*[a-zA-Z]?|\r/g, "");
}
