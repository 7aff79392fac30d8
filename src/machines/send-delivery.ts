import { setTimeout as sleep } from "node:timers/promises";
import { type Delivery, packDelivery } from "../artifacts/delivery.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { type Destination, runSsh, sshFailed, sshFailure } from "./ssh.ts";

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
    const { code, stderr } = await runSsh(to, ["sudo", "-n", "/opt/honeypot/scripts/receive.sh", sha256], {
      input: archive,
      seconds: connectionSeconds,
      signal,
    });
    if (code === 0) return "delivered";
    if (code === alreadyDelivered) return "already";
    const isStarting = code === sshFailed && notYet.test(stderr);
    if (code === 127) throw new OutsideError(`${to.address} is not a sensor that waits for its programs`);
    if (!isStarting || Date.now() > until) throw sshFailure(to, { code, stderr });
    if (isFirst) say(`waiting for ${to.address}, port ${to.port}\n`);
    await sleep(5000, undefined, { signal });
  }
}

/** Exit code of `receive.sh` on a sensor that already has its programs. */
const alreadyDelivered = 10;

// Errors of a machine before its sshd has moved to the admin port.
const notYet =
  /Connection (refused|timed out|reset|closed)|No route to host|banner exchange|Operation timed out/;
