import { type ChildProcess, spawn } from "node:child_process";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { spawnBound } from "./bound.ts";
import { findProgram } from "./find-program.ts";

/** A login to a virtual machine, whose sshd a port of this machine leads to. */
export type Login = {
  readonly user: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** Files: the private key, and the host keys that were seen; a host key that changes is refused. */
  readonly key: string;
  readonly knownHosts: string;
  /** A socket of {@link openConnection}: it is used while there is one. */
  readonly connection?: string;
};

export type ShellOutcome = { readonly code: number; readonly stdout: Buffer; readonly stderr: string };

/**
 * Runs a command over the real ssh client, which reads nothing of this machine's own configuration.
 * Exit code 255 is ssh's own: no connection, or refused. It is also that of a command with more output than 256 MB.
 */
export function secureShell(
  login: Login,
  command: string,
  options: {
    readonly input?: string;
    /** More words of ssh, before ours: the first of two settings wins. */
    readonly words?: readonly string[];
    readonly timeoutSeconds?: number;
  } = {},
): Promise<ShellOutcome> {
  const words = [...(options.words ?? []), ...loginWords(login), command];
  const timeout = (options.timeoutSeconds ?? 1800) * 1000;
  const child = spawn("ssh", words, { stdio: ["pipe", "pipe", "pipe"], timeout, killSignal: "SIGKILL" });
  const stdout: Buffer[] = [];
  let stderr = "";
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > outputAtMost) child.kill("SIGKILL");
    else stdout.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-messagesAtMost);
  });
  child.stdin.on("error", () => {}); // ssh ended before it read all; its exit code tells
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT" ? noSsh() : error));
    child.on("close", (code) => resolve({ code: code ?? 255, stdout: Buffer.concat(stdout), stderr }));
  });
}

// An attacker may control the machine's output.
const outputAtMost = 256 << 20;
const messagesAtMost = 1 << 20;

/** One connection for the commands to come, which an emulated machine takes seconds to negotiate; the caller kills it. */
export function openConnection(login: Login): ChildProcess {
  const words = ["-o", "ControlMaster=yes", "-N", ...loginWords(login)];
  return spawnBound("ssh", words, { stdio: "ignore" });
}

/** Throws `OutsideError` with the package to install if a program of OpenSSH is missing. */
export function requireSsh(): void {
  if (["ssh", "ssh-keygen"].some((name) => findProgram(name) === undefined)) throw noSsh();
}

function noSsh(): OutsideError {
  return new OutsideError("ssh is not installed", "on Debian and Ubuntu: apt install openssh-client");
}

function loginWords({ user, port, key, knownHosts, connection }: Login): readonly string[] {
  const settings = [
    "BatchMode=yes",
    "ConnectTimeout=20",
    "IdentitiesOnly=yes",
    "LogLevel=ERROR",
    "ServerAliveInterval=20",
    "ServerAliveCountMax=6",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${knownHosts}`,
    `ControlPath=${connection ?? "none"}`,
  ];
  const words = [
    "-F",
    "none",
    "-i",
    key,
    "-p",
    String(port),
    ...settings.flatMap((setting) => ["-o", setting]),
  ];
  return [...words, `${user}@127.0.0.1`];
}
