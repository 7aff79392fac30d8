import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Architecture, BootDisk } from "./boot-disk.ts";
import { spawnBound } from "./bound.ts";
import { findProgram } from "./find-program.ts";
import { kernelWords, processorWords, qemuPrograms } from "./machine-words.ts";
import { monitor } from "./monitor.ts";

/** How QEMU runs the guest's processor: with the hardware's help, or by emulation (TCG). */
export type Accelerator = "kvm" | "hvf" | "tcg";

/** The accelerator that works here, and why a better one does not; empty if there is none better. */
export type FoundAccelerator = { readonly accelerator: Accelerator; readonly reason: string };

// A working accelerator needs two or three on an idle machine.
const probeSeconds = 60;

/**
 * Finds the accelerator for a system. It boots the system's kernel with each candidate until the first process starts: a
 * device that exists may be closed to this user, and a broken one may fail only after thousands of instructions. Throws
 * `OutsideError` if QEMU is not installed.
 */
export async function findAccelerator(
  base: BootDisk,
  host: Host = thisHost(),
  signal?: AbortSignal,
): Promise<FoundAccelerator> {
  const { architecture } = base;
  requireQemu(architecture);
  const candidate = candidates[host.platform];
  if (candidate === undefined) return { accelerator: "tcg", reason: `${host.platform} has no accelerator` };
  if (host.architecture !== architecture)
    return { accelerator: "tcg", reason: `this machine's processor is not ${architecture}` };
  const failure = await (host.probe ?? probe)(base, candidate, signal);
  if (failure === undefined) return { accelerator: candidate, reason: "" };
  return { accelerator: "tcg", reason: `${candidate} does not work here: ${failure}` };
}

/** The machine that runs QEMU. `probe` returns why an accelerator does not work, or `undefined`. */
export type Host = {
  readonly platform: string;
  readonly architecture: Architecture | undefined;
  readonly probe?: (
    base: BootDisk,
    accelerator: Accelerator,
    signal: AbortSignal | undefined,
  ) => Promise<string | undefined>;
};

export function thisHost(): Host {
  return { platform: process.platform, architecture: hostArchitecture() };
}

/** The processor of this machine, or `undefined` if guests of the same kind are not supported. */
export function hostArchitecture(): Architecture | undefined {
  if (process.arch === "x64") return "amd64";
  return process.arch === "arm64" ? "arm64" : undefined;
}

const candidates: Readonly<Record<string, Accelerator>> = { linux: "kvm", darwin: "hvf" };

/** Throws `OutsideError` with the packages to install if QEMU's programs are missing. */
export function requireQemu(architecture: Architecture): void {
  const missing = [qemuPrograms[architecture], "qemu-img"].filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const debian = architecture === "amd64" ? "qemu-system-x86" : "qemu-system-arm qemu-efi-aarch64";
  const fedora = architecture === "amd64" ? "qemu-system-x86" : "qemu-system-aarch64 edk2-aarch64";
  throw new OutsideError(
    `QEMU is not installed: ${missing.join(" and ")}`,
    [
      `Debian and Ubuntu: apt install ${debian} qemu-utils`,
      `Fedora: dnf install ${fedora} qemu-img`,
      "macOS: brew install qemu",
    ].join("\n"),
  );
}

// Messages of the kernel, of an initrd and of systemd: a process is running.
const hasBooted = /Run \/init as init process|systemd\[1\]|Welcome to | login:/;

async function probe(
  base: BootDisk,
  accelerator: Accelerator,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-probe-"));
  const [socket, console] = [join(folder, "monitor"), join(folder, "console")];
  // What the system writes to its disk is dropped.
  const drive = `file=${base.disk.replaceAll(",", ",,")},if=virtio,format=${base.format},snapshot=on`;
  const child = spawnBound(
    qemuPrograms[base.architecture],
    [
      ...processorWords(base.architecture, accelerator),
      ...["-m", "1024", "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot"],
      ...kernelWords(base),
      ...(base.kernel === undefined ? ["-drive", drive] : []),
      ...["-serial", `file:${console}`, "-qmp", `unix:${socket},server=on,wait=off`],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let messages = "";
  let hasEnded = false;
  child.stderr?.on("data", (chunk: Buffer) => {
    messages = (messages + chunk.toString()).slice(0, 1000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", ({ message }) => {
      messages ||= message;
      resolve();
    });
    child.once("close", () => resolve());
  }).then(() => {
    hasEnded = true;
  });
  try {
    for (const until = Date.now() + probeSeconds * 1000; Date.now() < until; ) {
      signal?.throwIfAborted();
      if (hasEnded) return firstLine(messages);
      const reply = await monitor(socket, "query-status", {}).catch(() => undefined);
      const { status = "running" } = (reply ?? {}) as { status?: string }; // QMP: StatusInfo
      if (!["running", "prelaunch", "inmigrate"].includes(status))
        return `the processor stopped with the status ${status}`;
      if (hasBooted.test(await readFile(console, "latin1").catch(() => ""))) return undefined;
      await Promise.race([sleep(200), ended]);
    }
    return `no system started within ${probeSeconds} s`;
  } finally {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

function firstLine(messages: string): string {
  const line = messages.trim().split("\n")[0] ?? "";
  return line.replace(/^qemu-system-\w+: /, "") || "QEMU ended";
}
