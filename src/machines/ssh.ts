import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** A sensor's address and login for an SSH client. */
export type Destination = {
  readonly user: string;
  readonly address: string;
  readonly port: number;
  /** Files to log in with instead of the user's own configuration: the private key, and the known hosts. */
  readonly identity?: { readonly key: string; readonly knownHosts: string };
};

/** How ssh connects. */
export type SshConnection = {
  /** Seconds until the connection is established and encrypted; 15 when absent. */
  readonly connectSeconds?: number;
  /** For parallel commands: ssh never asks on the terminal, and fails instead. */
  readonly isBatch?: boolean;
  /** Makes a new connection even if the user's configuration shares an existing one. */
  readonly isNewConnection?: boolean;
};

export type SshOptions = SshConnection & {
  /** Ends the connection; `runSsh` then throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Seconds that the whole command may take. */
  readonly seconds: number;
  /** Standard input of the command, which no process list shows; empty when absent. */
  readonly input?: Uint8Array;
  /** The most bytes of standard output; 1 MiB when absent. */
  readonly maxBytes?: number;
  /** Receives standard output as it arrives. */
  readonly onOutput?: (chunk: Buffer) => void;
};

/** How a command ended. */
export type SshEnd = {
  /** The command's exit code; {@link sshFailed} is ssh's own. */
  readonly code: number;
  /** The last 4,000 characters from ssh and from the command. */
  readonly stderr: string;
};

export type SshResult = SshEnd & { readonly stdout: Buffer };

/** A running command. */
export type SshProcess = {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly kill: () => void;
  /** Rejects with `OutsideError` if ssh is not installed. */
  readonly ended: Promise<SshEnd>;
};

/** ssh's own exit code: no connection, or the login failed. */
export const sshFailed = 255;

/**
 * Runs one command through the user's OpenSSH client. Throws `OutsideError` if the command does not finish in time or
 * prints too much: a compromised sensor may hold the connection open.
 */
export async function runSsh(
  to: Destination,
  command: readonly string[],
  { signal, seconds, input, maxBytes = 2 ** 20, onOutput, ...connection }: SshOptions,
): Promise<SshResult> {
  signal.throwIfAborted();
  const ssh = startSsh(to, command, connection);
  const stdout: Buffer[] = [];
  let bytes = 0;
  let refusal: OutsideError | undefined;
  const end = (error?: OutsideError) => {
    refusal ??= error;
    ssh.kill();
  };
  ssh.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) {
      stdout.push(chunk);
      onOutput?.(chunk);
    } else end(new OutsideError(`${to.address} sent more than ${maxBytes} bytes`));
  });
  ssh.stdin.end(input);

  const onAbort = () => end();
  signal.addEventListener("abort", onAbort);
  const late = setTimeout(() => end(unfinished(to, seconds)), seconds * 1000);
  try {
    const result = await ssh.ended;
    signal.throwIfAborted();
    if (refusal !== undefined) throw refusal;
    return { ...result, stdout: Buffer.concat(stdout) };
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Starts a command through the user's OpenSSH client, with its configuration, agent, known hosts and jump hosts. A shell
 * on the machine splits the words again, so they must contain nothing that a shell expands.
 */
export function startSsh(
  to: Destination,
  command: readonly string[],
  { connectSeconds = 15, isBatch = false, isNewConnection = false }: SshConnection,
): SshProcess {
  const options = [
    `ConnectTimeout=${connectSeconds}`,
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "RemoteCommand=none",
    ...(isBatch ? ["BatchMode=yes"] : []),
    ...(isNewConnection ? ["ControlMaster=no", "ControlPath=none"] : []),
  ];
  const words = [
    ...identityWords(to),
    "-p",
    String(to.port),
    "-T",
    ...options.flatMap((option) => ["-o", option]),
  ];
  // ssh itself asks about a host key or a passphrase on the terminal, so it stays in the terminal's process group.
  const child = spawn("ssh", [...words, "-l", to.user, "--", to.address, ...command], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: isBatch,
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
  });
  // If a server closes early, the exit code decides.
  child.stdin.on("error", () => {});
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    kill: () => kill(child, isBatch),
    ended: ended(child).then((code) => ({ code, stderr })),
  };
}

function identityWords({ identity }: Destination): readonly string[] {
  if (identity === undefined) return [];
  const { key, knownHosts } = identity;
  const options = ["IdentitiesOnly=yes", `UserKnownHostsFile=${knownHosts}`, "StrictHostKeyChecking=yes"];
  return ["-F", "none", "-i", key, ...options.flatMap((option) => ["-o", option])];
}

/** {@link runSsh}, again every five seconds while the machine boots and for at most `waitSeconds`. */
export async function runSshOnceUp(
  to: Destination,
  command: readonly string[],
  options: SshOptions,
  waitSeconds: number,
  say: (text: string) => void,
): Promise<SshResult> {
  const until = Date.now() + waitSeconds * 1000;
  for (let isFirst = true; ; isFirst = false) {
    const result = await runSsh(to, command, options);
    if (result.code !== sshFailed || !notYet.test(result.stderr) || Date.now() > until) return result;
    if (isFirst) {
      const { message } = sshFailure(to, result);
      say(`${message}; retrying for up to ${waitSeconds} s, because the machine may still be starting`);
    }
    await sleep(5000, undefined, { signal: options.signal });
  }
}

// Errors of a machine before its sshd has moved to the admin port.
const notYet =
  /Connection (refused|timed out|reset|closed)|No route to host|banner exchange|Operation timed out/;

/** Why ssh or the command failed, in one short line, part of which the machine may have written. */
export function sshFailure(to: Destination, { code, stderr }: SshEnd): OutsideError {
  if (code === sshFailed && stderr.includes("REMOTE HOST IDENTIFICATION HAS CHANGED"))
    return new OutsideError(
      "the machine's host key differs from the one in known_hosts",
      `if you reinstalled the machine: ssh-keygen -R '[${to.address}]:${to.port}', then ${byHand(to)}`,
    );
  if (code === sshFailed && stderr.includes("Host key verification failed"))
    return new OutsideError(
      "ssh does not know the machine's host key",
      `compare the fingerprint and accept it once: ${byHand(to)}`,
    );
  const last =
    stderr
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? "";
  return new OutsideError(
    last === "" ? `ssh ended with exit code ${code}` : last.slice(0, 300),
    `try it by hand: ${byHand(to)}`,
  );
}

function unfinished(to: Destination, seconds: number): OutsideError {
  return new OutsideError(
    `${to.address} did not finish within ${seconds} s`,
    `try it by hand: ${byHand(to)}`,
  );
}

/** The command that a person types to log in. */
export function byHand({ user, address, port }: Destination, options = ""): string {
  return `ssh ${options === "" ? "" : `${options} `}-p ${port} ${user}@${address}`;
}

// With a ProxyCommand or a jump host, ssh has processes of its own, which outlive it.
function kill(child: ChildProcess, isGroup: boolean): void {
  if (child.pid === undefined) return;
  const target = isGroup ? -child.pid : child.pid;
  send(target, "SIGTERM");
  const last = setTimeout(() => send(target, "SIGKILL"), 3000);
  child.once("exit", () => clearTimeout(last));
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function ended(child: ChildProcess): Promise<number> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new OutsideError("ssh is not installed", "on Debian and Ubuntu: apt install openssh-client")
          : error,
      ),
    );
    child.once("exit", (code) => resolve(code ?? 128));
  });
  // A shared connection that stays in the background may keep the pipes open.
  await Promise.race([closed, sleep(1000, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return code;
}
