import { type Delivery, packDelivery } from "../artifacts/delivery.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { type Destination, runSshOnceUp, sshFailure } from "./ssh.ts";

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
  const command = ["sudo", "-n", "/opt/honeypot/scripts/receive.sh", sha256];
  const options = { input: archive, seconds: connectionSeconds, signal };
  const { code, stderr } = await runSshOnceUp(to, command, options, waitSeconds, say);
  if (code === 0) return "delivered";
  if (code === alreadyDelivered) return "already";
  if (code === 127) throw new OutsideError(`${to.address} is not a sensor that waits for its programs`);
  throw sshFailure(to, { code, stderr });
}

/** Exit code of `receive.sh` on a sensor that already has its programs. */
const alreadyDelivered = 10;
