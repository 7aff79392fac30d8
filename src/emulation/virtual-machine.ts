import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Seed } from "../image/seed.ts";
import type { Accelerator } from "./accelerator.ts";
import type { BootDisk } from "./boot-disk.ts";
import { emulator } from "./emulator.ts";
import { freePort } from "./free-port.ts";
import type { GuestForward, NetworkCard } from "./network-card.ts";
import { type Login, openConnection, type ShellOutcome, secureShell } from "./secure-shell.ts";
import { waitFor } from "./wait-for.ts";

export type VirtualMachineOptions = {
  readonly disk: BootDisk;
  readonly accelerator: Accelerator;
  /** Becomes the CIDATA volume. */
  readonly seed?: Seed | undefined;
  readonly user: string;
  /** Private key of that user. */
  readonly key: string;
  /** The port of the guest's sshd that {@link VirtualMachine.run} talks to. */
  readonly sshPort: number;
  /** Other TCP ports of the guest that the caller connects to. */
  readonly ports: readonly number[];
  /** The only places that the guest can connect to; without it, everywhere. */
  readonly isolation?: readonly GuestForward[];
  /** Whether {@link VirtualMachine.release} may be called. */
  readonly mayOutlive?: boolean;
};

export type VirtualMachine = {
  /** Turns it on, with the disk as it was left; `unplugged`: without its network card. */
  readonly start: (network?: "plugged" | "unplugged") => Promise<void>;
  /** As a power cut: whatever the guest has not written to its disk is lost. */
  readonly cutPower: () => Promise<void>;
  /** Plugs in the card that {@link start} left out. */
  readonly plugNetwork: () => Promise<void>;
  /** Plugs in another card in the network 198.51.100.0/24; returns the local port that leads to the guest's port. */
  readonly plugOtherNetwork: (port: number) => Promise<number>;
  /** The port of 127.0.0.1 that leads to a port of the guest, which sees 10.0.2.2 knocking. */
  readonly port: (guestPort: number) => number;
  readonly login: Login;
  /** Waits until the user can log in. */
  readonly waitForLogin: () => Promise<void>;
  /** Waits until the console says it since the last start. */
  readonly waitForConsole: (words: RegExp) => Promise<void>;
  /** What the console said since the last start. */
  readonly console: () => string;
  /** Whether the console has said it since the last start. */
  readonly hasSaid: (words: RegExp) => boolean;
  /** Runs a bash script as root. */
  readonly run: (script: string) => Promise<ShellOutcome>;
  /** As {@link run}, but a failure rejects with the output and the end of the console. Returns standard output. */
  readonly must: (script: string) => Promise<string>;
  /** As {@link must}, but returns the bytes. */
  readonly read: (script: string) => Promise<Buffer>;
  /** Reboots in good order and waits for the login of the next boot. */
  readonly reboot: () => Promise<void>;
  /** Its disk, its seed and its console. */
  readonly folder: string;
  /** Ends it and removes its folder, or keeps the folder. Does nothing after `release`. */
  readonly dispose: (files?: "remove" | "keep") => Promise<void>;
  /** Lets it run on when this process ends; returns the process id of QEMU. */
  readonly release: () => Promise<number>;
};

/** The hardware address of the guest's card. */
export const guestMac = "52:54:00:00:00:01";

/** A machine in QEMU that has not been started, and whose user's login runs commands over ssh. The caller disposes of it. */
export async function virtualMachine(options: VirtualMachineOptions): Promise<VirtualMachine> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-vm-"));
  const { disk: base, seed, accelerator } = options;
  const qemu = await emulator({ base, seed, accelerator, folder, mayOutlive: options.mayOutlive }).catch(
    async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    },
  );
  const forwards: { readonly from: number; readonly to: number }[] = [];
  for (const to of [options.sshPort, ...options.ports]) forwards.push({ from: await freePort(), to });
  const card: NetworkCard = {
    name: "main",
    network: "10.0.2.0/24",
    mac: guestMac,
    forwards,
    isolation: options.isolation,
  };
  const port = (guestPort: number): number => {
    const found = forwards.find(({ to }) => to === guestPort);
    if (found === undefined) throw new Error(`port ${guestPort} of the guest was not asked for`);
    return found.from;
  };
  const { user, key } = options;
  const login: Login = { user, key, port: port(options.sshPort), knownHosts: join(folder, "known_hosts") };
  const shared: Login = { ...login, connection: join(folder, "connection") };

  let isReleased = false;
  let connection: ChildProcess | undefined;
  const disconnect = async (): Promise<void> => {
    connection?.kill("SIGKILL");
    await rm(join(folder, "connection"), { force: true });
  };
  const connect = async (): Promise<void> => {
    await disconnect();
    connection = openConnection(shared);
  };
  const cutPower = async (): Promise<void> => {
    await qemu.cutPower();
    await disconnect();
  };
  const withConsole = async <Value>(work: Promise<Value>): Promise<Value> => {
    try {
      return await work;
    } catch (error) {
      const tail = qemu.console().split("\n").slice(-60).join("\n");
      throw new OutsideError(
        `${error instanceof Error ? error.message : String(error)}\n--- end of the console:\n${tail}`,
      );
    }
  };
  const run: VirtualMachine["run"] = (script) =>
    secureShell(shared, 'sudo -n bash -c "$(cat)"', { input: `set -euo pipefail\n${script}` });
  const read = async (script: string): Promise<Buffer> => {
    const { code, stdout, stderr } = await run(script);
    if (code !== 0) throw new OutsideError(`${script}\nexit ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  const bootId = async (): Promise<string> => {
    qemu.assertRunning();
    const command = "cat /proc/sys/kernel/random/boot_id";
    const { code, stdout, stderr } = await secureShell(login, command, { timeoutSeconds: 60 });
    if (code !== 0) throw new OutsideError(stderr.trim());
    return stdout.toString();
  };

  return {
    cutPower,
    folder,
    port,
    login,
    run,
    console: qemu.console,
    hasSaid: (words) => words.test(qemu.console()),
    start: (network = "plugged") => qemu.start(network === "plugged" ? [card] : []),
    read: (script) => withConsole(read(script)),
    must: async (script) => (await withConsole(read(script))).toString(),
    waitForLogin: async () => {
      await withConsole(waitFor("a login", bootId, 1200));
      await connect();
    },
    waitForConsole: async (words) => {
      const says = async (): Promise<boolean> => {
        const isThere = words.test(qemu.console());
        if (!isThere) qemu.assertRunning();
        return isThere;
      };
      await withConsole(waitFor(`${words} on the console`, says, 1200));
    },
    reboot: async () => {
      const before = await bootId();
      await run("systemctl reboot");
      await disconnect();
      await withConsole(waitFor("the next boot", async () => (await bootId()) !== before, 1200));
      await connect();
    },
    plugNetwork: () => qemu.plug(card),
    plugOtherNetwork: async (to) => {
      const from = await freePort();
      const network = "198.51.100.0/24";
      const forwards = [{ from, to }];
      const { isolation } = options;
      await qemu.plug({ name: "other", network, mac: "52:54:00:00:00:02", forwards, isolation });
      return from;
    },
    release: async () => {
      isReleased = true;
      await disconnect();
      return qemu.release();
    },
    dispose: async (files = "remove") => {
      if (isReleased) return;
      await cutPower();
      if (files === "remove") await rm(folder, { recursive: true, force: true });
    },
  };
}
