import { fingerprint } from "../../backups/sftp/host-key.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import type { Answers } from "../../init/answers.ts";
import { canonicalAddress, reservationOf } from "../../values/addresses.ts";

/** An answer that was found, which the user must confirm. */
export type Offered = { readonly answer: string; readonly say: string };

/** Finds the answers that a user can ask for by a word. Throws `OutsideError`. */
export const offers: Readonly<
  Record<"ask" | "fetch", (answers: Answers, signal: AbortSignal) => Promise<Offered>>
> = {
  ask: async (_, signal) => {
    const answer = await publicAddress(fetch, signal);
    return { answer, say: `Your public address is ${answer}. Press Enter to accept it.` };
  },
  fetch: async ({ transfer }, signal) => {
    // Loaded only when needed, because its library is large.
    const { scanHostKeys } = await import("../../backups/sftp/scan-host-keys.ts");
    const { host = "", port = 22 } = transfer ?? {};
    const [key] = await scanHostKeys({ host, port: Number(port) }, signal);
    if (key === undefined) throw new OutsideError(`${host} has no host key`);
    return {
      answer: `${key.type} ${key.base64}`,
      say: `${host} answers with ${key.type} ${fingerprint(key)}.
An attacker on the network could have sent this key: compare the fingerprint with the server's owner. Then press Enter.`,
    };
  },
};

// The server that DShield's own installer asks.
const service = "https://www4.dshield.org/api/myip?json";

/** The address from which this machine reaches the internet, as DShield's service sees it. */
export async function publicAddress(
  get: (address: string, options: RequestInit) => Promise<Response>,
  signal: AbortSignal,
): Promise<string> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  let text: string;
  try {
    const response = await get(service, { signal: limited, redirect: "error" });
    text = (await response.text()).slice(0, 1000);
  } catch {
    signal.throwIfAborted();
    throw new OutsideError("www4.dshield.org did not answer", "enter your address, or the word anywhere");
  }
  const address = canonicalAddress(/"ip"\s*:\s*"([0-9A-Fa-f.:]+)"/.exec(text)?.[1] ?? text.trim());
  if (address !== undefined && reservationOf(address) === undefined) return address;
  throw new OutsideError(
    `www4.dshield.org answered with something else than an address: ${visible(text.slice(0, 60))}`,
  );
}

/** The public address from which somebody is logged in to this machine over SSH. */
export function addressOfLogin(connection: string | undefined): string | undefined {
  const address = canonicalAddress(connection?.split(" ")[0] ?? "");
  return address === undefined || reservationOf(address) !== undefined ? undefined : address;
}
