import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootDisk } from "./debian-tree.ts";
import { monitor } from "./monitor.ts";
import { execute } from "./scratch-root.ts";
import { type Login, type ShellOutcome, secureShell } from "./secure-shell.ts";
import { GaveUp, waitFor } from "./wait-for.ts";

export type VirtualMachineOptions = {
  readonly disk: BootDisk;
  /** A folder whose files become the CIDATA volume: user-data, meta-data, perhaps network-config. */
  readonly seed: string;
  readonly user: string;
  /** Private key of that user. */
  readonly key: string;
  /** The port of the guest's sshd that {@link VirtualMachine.run} talks to. */
  readonly sshPort: number;
  /** Other TCP ports of the guest that the test talks to. */
  readonly ports: readonly number[];
};

export type VirtualMachine = {
  /** Turns it on, with the disk as it was left; `unplugged`: without its network card. */
  readonly start: (network?: "plugged" | "unplugged") => Promise<void>;
  /** As a power cut: whatever the guest has not written to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  /** Plugs in the card that {@link start} left out. */
  readonly plugNetwork: () => Promise<void>;
  /** Plugs in another card, whose network is 198.51.100.0/24; gives the port here that leads to the guest's one. */
  readonly plugOtherNetwork: (port: number) => Promise<number>;
  /** The port of 127.0.0.1 that leads to a port of the guest. */
  readonly port: (guestPort: number) => number;
  readonly login: Login;
  /** Waits until the user can log in. */
  readonly waitForLogin: () => Promise<void>;
  /** Waits until the console says it since the last start. */
  readonly waitForConsole: (words: RegExp) => Promise<void>;
  /** Runs a bash script as root. */
  readonly run: (script: string) => Promise<ShellOutcome>;
  /** As {@link run}, but a failure rejects with what it said and the end of the console. Gives standard output. */
  readonly must: (script: string) => Promise<string>;
  /** As {@link must}, and gives the bytes. */
  readonly read: (script: string) => Promise<Buffer>;
  /** Reboots in good order and waits for the login of the next boot. */
  readonly reboot: () => Promise<void>;
  /** The last lines of the console. */
  readonly consoleTail: () => string;
  /** Ends it and removes its disk. */
  readonly dispose: () => Promise<void>;
};

/** What {@link virtualMachine} needs, for `needs(...)`. */
export const virtualMachineTools = [
  "qemu-system-x86_64",
  "qemu-img",
  "mkfs.vfat",
  "mcopy",
  "setpriv",
  "ssh",
] as const;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

/**
 * A machine in QEMU that has not been started. It works on a copy-on-write layer over the disk, and can be
 * reached by the ports that were asked for, seen by it as 10.0.2.2. Without hardware acceleration a boot takes
 * one to two minutes; where /dev/kvm works, `SENSORBAKE_ACCEL=kvm` is faster.
 */
export async function virtualMachine(options: VirtualMachineOptions): Promise<VirtualMachine> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-vm-"));
  const file = (name: string): string => join(folder, name);
  await must(
    "qemu-img",
    "create",
    "-q",
    "-f",
    "qcow2",
    "-F",
    "raw",
    "-b",
    options.disk.disk,
    file("disk.qcow2"),
  );
  await makeSeed(options.seed, file("seed.img"));
  const ports = new Map<number, number>();
  for (const port of [options.sshPort, ...options.ports]) ports.set(port, await freePort());
  const port = (guestPort: number): number => {
    const found = ports.get(guestPort);
    if (found === undefined) throw new Error(`port ${guestPort} of the guest was not asked for`);
    return found;
  };
  const login = {
    user: options.user,
    key: options.key,
    port: port(options.sshPort),
    knownHosts: file("hosts"),
  };

  let child: ChildProcess | undefined;
  let bootBegins = 0;
  const console = (): string => (existsSync(file("console")) ? readFileSync(file("console"), "latin1") : "");
  const consoleTail = (): string => readable(console()).split("\n").slice(-60).join("\n");
  const qemu = (command: string, args: object): Promise<void> => monitor(file("monitor"), command, args);
  const assertRunning = (): void => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      throw new GaveUp(`the machine is off\n${consoleTail()}`);
  };

  const start: VirtualMachine["start"] = async (network = "plugged") => {
    bootBegins = console().length;
    const words = machineWords(options.disk, file);
    if (network === "plugged")
      words.push(
        "-netdev",
        `user,${netdev([...ports])}`,
        "-device",
        "virtio-net-pci,netdev=main,mac=52:54:00:00:00:01",
      );
    const started = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...words], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    running.add(started);
    started.on("exit", () => running.delete(started));
    child = started;
    await waitFor("the monitor of QEMU", async () => {
      assertRunning();
      return qemu("query-status", {}).then(() => true);
    });
  };
  const cutPower = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
    await rm(file("monitor"), { force: true });
  };
  const run: VirtualMachine["run"] = (script) =>
    secureShell(login, 'sudo -n bash -c "$(cat)"', { input: `set -euo pipefail\n${script}` });
  const read: VirtualMachine["read"] = async (script) => {
    const { code, stdout, stderr } = await run(script);
    if (code !== 0)
      throw new Error(`${script}\nexit ${code}\n${stdout}${stderr}\n--- console:\n${consoleTail()}`);
    return stdout;
  };
  const bootId = async (): Promise<string> => {
    assertRunning();
    const { code, stdout, stderr } = await secureShell(login, "cat /proc/sys/kernel/random/boot_id", {
      timeoutSeconds: 60,
    });
    if (code !== 0) throw new Error(stderr);
    return stdout.toString();
  };
  const withConsole = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      throw new Error(`${String(error)}\n--- console:\n${consoleTail()}`);
    }
  };

  return {
    start,
    cutPower,
    port,
    login,
    run,
    read,
    consoleTail,
    must: async (script) => (await read(script)).toString(),
    waitForLogin: async () => {
      await withConsole(waitFor("a login", bootId, 1200));
    },
    waitForConsole: async (words) => {
      const seen = async (): Promise<boolean> => {
        assertRunning();
        return words.test(readable(console().slice(bootBegins)));
      };
      await withConsole(waitFor(String(words), seen, 1200));
    },
    reboot: async () => {
      const before = await bootId();
      await run("systemctl reboot");
      await withConsole(waitFor("the next boot", async () => (await bootId()) !== before, 1200));
    },
    plugNetwork: async () => {
      await qemu("netdev_add", { type: "user", id: "main", hostfwd: forwards([...ports]), ipv6: false });
      await qemu("device_add", {
        driver: "virtio-net-pci",
        netdev: "main",
        mac: "52:54:00:00:00:01",
        id: "late",
      });
    },
    plugOtherNetwork: async (guestPort) => {
      const here = await freePort();
      const net = { net: "198.51.100.0/24", ipv6: false, hostfwd: forwards([[guestPort, here]]) };
      await qemu("netdev_add", { type: "user", id: "other", ...net });
      await qemu("device_add", {
        driver: "virtio-net-pci",
        netdev: "other",
        mac: "52:54:00:00:00:02",
        id: "other",
      });
      return here;
    },
    dispose: async () => {
      await cutPower();
      if (process.env.SENSORBAKE_BOOT_KEEP === undefined) await rm(folder, { recursive: true, force: true });
      else process.stderr.write(`kept ${folder}\n`);
    },
  };
}

type Forward = readonly [guestPort: number, here: number];

function machineWords(disk: BootDisk, file: (name: string) => string): string[] {
  const accelerator = process.env.SENSORBAKE_ACCEL ?? "tcg,thread=multi";
  const append = "root=LABEL=root ro console=ttyS0 net.ifnames=0 systemd.journald.forward_to_console=1";
  return [
    ...[
      "-accel",
      accelerator,
      "-cpu",
      accelerator.startsWith("kvm") ? "host" : "max",
      "-smp",
      "2",
      "-m",
      "1024",
    ],
    ...["-display", "none", "-nodefaults", "-no-user-config", "-device", "virtio-rng-pci"],
    ...["-kernel", disk.kernel, "-initrd", disk.initrd, "-append", append],
    ...["-drive", `file=${file("disk.qcow2")},if=virtio,format=qcow2,discard=unmap`],
    ...["-drive", `file=${file("seed.img")},if=virtio,format=raw,readonly=on`],
    ...["-chardev", `file,id=console,path=${file("console")},append=on`, "-serial", "chardev:console"],
    ...["-qmp", `unix:${file("monitor")},server=on,wait=off`],
  ];
}

function netdev(ports: readonly Forward[]): string {
  return ["id=main", "ipv6=off", ...forwards(ports).map(({ str }) => `hostfwd=${str}`)].join(",");
}

function forwards(ports: readonly Forward[]): readonly { readonly str: string }[] {
  return ports.map(([guestPort, here]) => ({ str: `tcp:127.0.0.1:${here}-:${guestPort}` }));
}

/** The seed as a FAT volume labelled CIDATA, made without mounting. */
async function makeSeed(folder: string, image: string): Promise<void> {
  await must("mkfs.vfat", "-C", "-n", "CIDATA", image, "4096");
  for (const name of await readdir(folder)) await must("mcopy", "-i", image, join(folder, name), `::${name}`);
}

/** A port that nobody listens on; soon enough used to be still free. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
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
