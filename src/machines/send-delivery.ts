import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Delivery, packDelivery } from "../artifacts/delivery.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** A sensor's address and login for an SSH client. */
export type Destination = { readonly user: string; readonly address: string; readonly port: number };

/** `already`: the sensor already has its programs and secrets, and was left unchanged. */
export type Sent = "delivered" | "already";

export type SendOptions = {
  readonly signal: AbortSignal;
  /** Seconds to wait for a machine that does not respond yet. */
  readonly waitSeconds: number;
  /** Seconds that one connection may take; 600 when absent. */
  readonly connectionSeconds?: number;
  /** Receives the raw output of ssh and the sensor. */
  readonly say: (text: string) => void;
};

/**
 * Sends a sensor's programs and secrets through the user's OpenSSH client, with its configuration, agent and known hosts.
 * They are passed on standard input, so that no process list shows them. Retries while the machine boots; throws
 * `OutsideError` if the sensor refuses them or does not respond in time.
 */
export async function sendDelivery(
  to: Destination,
  delivery: Delivery,
  { signal, waitSeconds, connectionSeconds = 600, say }: SendOptions,
): Promise<Sent> {
  const { archive, sha256 } = packDelivery(delivery);
  const until = Date.now() + waitSeconds * 1000;
  for (let isFirst = true; ; isFirst = false) {
    const late = AbortSignal.timeout(connectionSeconds * 1000);
    const { code, said } = await runSsh(
      to,
      ["sudo", "-n", "/opt/honeypot/scripts/receive.sh", sha256],
      archive,
      AbortSignal.any([signal, late]),
    );
    signal.throwIfAborted();
    if (code === 0) return "delivered";
    if (code === alreadyDelivered) return "already";
    // A compromised sensor may hold the connection open.
    if (late.aborted) throw unfinished(to, connectionSeconds);
    const isStarting = code === sshFailed && notYet.test(said);
    if (!isStarting || Date.now() > until) throw failure(to, code, said);
    if (isFirst) say(`waiting for ${to.address}, port ${to.port}\n`);
    await sleep(5000, undefined, { signal });
  }
}

/** Exit code of `receive.sh` on a sensor that already has its programs. */
const alreadyDelivered = 10;

/** ssh's own exit code; any other comes from the remote command. */
const sshFailed = 255;

// Errors of a machine before its sshd has moved to the admin port.
const notYet =
  /Connection (refused|timed out|reset|closed)|No route to host|banner exchange|Operation timed out/;

function unfinished({ user, address, port }: Destination, seconds: number): OutsideError {
  return new OutsideError(
    `${address} did not finish within ${seconds} s`,
    `try it by hand: ssh -p ${port} ${user}@${address}`,
  );
}

function failure({ user, address, port }: Destination, code: number, said: string): OutsideError {
  const last = said.trim().split("\n").at(-1) ?? "";
  if (code === 127)
    return new OutsideError(`${address} is not a sensor that waits for its programs: ${last}`);
  if (said.includes("Host key verification failed"))
    return new OutsideError(
      "ssh does not know the machine's host key",
      `compare the fingerprint and accept it once: ssh -p ${port} ${user}@${address}`,
    );
  return new OutsideError(
    last === "" ? `ssh ended with exit code ${code}` : last,
    `try it by hand: ssh -p ${port} ${user}@${address}`,
  );
}

function runSsh(
  { user, address, port }: Destination,
  command: readonly string[],
  input: Uint8Array,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly said: string }> {
  const options = ["ConnectTimeout=15", "ServerAliveInterval=15", "ServerAliveCountMax=4", "ForwardAgent=no"];
  const words = ["-p", String(port), "-T", ...options.flatMap((option) => ["-o", option])];
  return new Promise((resolve, reject) => {
    // ssh itself asks about a host key or a passphrase on the terminal.
    const child = spawn("ssh", [...words, "-l", user, "--", address, ...command], {
      stdio: ["pipe", "ignore", "pipe"],
      signal,
      killSignal: "SIGTERM",
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    // If a server closes early, the exit code decides.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError") return;
      reject(
        error.code === "ENOENT"
          ? new OutsideError("ssh is not installed", "on Debian and Ubuntu: apt install openssh-client")
          : error,
      );
    });
    child.once("close", (code) => resolve({ code: code ?? 128, said }));
  });
}
