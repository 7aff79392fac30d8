import { randomBytes } from "node:crypto";
import type { Plan } from "../../plan/plan.ts";
import type { Guest } from "../observe/ask.ts";
import { secondsSince } from "../seconds-since.ts";
import type { Attack, AttackId } from "./attack.ts";
import { printable } from "./printable.ts";
import { scan } from "./scan.ts";
import { attackedPorts, scannedPorts } from "./scanned-ports.ts";
import { sshLogin } from "./ssh-login.ts";
import { telnetLogin } from "./telnet-login.ts";
import { webRequest } from "./web-request.ts";

/**
 * Attacks the machine of a trial through its ports of 127.0.0.1, and nothing else. An attack that the sensor refuses is
 * an outcome, not a failure. `word` is random unless a test gives it.
 */
export async function makeAttacks(
  plan: Plan,
  guest: Pick<Guest, "port">,
  signal: AbortSignal,
  word = randomBytes(6).toString("hex"),
): Promise<readonly Attack[]> {
  const attacks: Attack[] = [];
  const make = async (
    id: AttackId,
    words: { readonly what: string; readonly marker?: string },
    ports: readonly number[],
    attack: () => Promise<string>,
  ) => {
    signal.throwIfAborted();
    const begin = performance.now();
    const outcome = printable(await attack().catch((error: unknown) => String(error)));
    const seconds = secondsSince(begin);
    attacks.push({ id, what: words.what, marker: words.marker, ports, outcome, seconds });
  };
  const { ssh, telnet, web } = attackedPorts;
  const login = `ssh-${word}`;
  await make("ssh-login", { what: `SSH login on port ${ssh} as ${login}`, marker: login }, [ssh], () =>
    sshLogin(guest.port(ssh), { user: login, password: `password-${login}` }, signal),
  );
  const marker = `telnet-${word}`;
  await make("telnet-login", { what: `telnet login on port ${telnet} as ${marker}`, marker }, [telnet], () =>
    telnetLogin(guest.port(telnet), { user: marker, password: `password-${marker}` }, signal),
  );
  const path = `web-${word}`;
  await make("web-request", { what: `GET /${path} on port ${web}`, marker: path }, [web], () =>
    webRequest(guest.port(web), `/${path}`, signal),
  );
  const ports = scannedPorts(plan);
  await make("port-scan", { what: `scan of ${ports.length} ports` }, ports, () => scan(guest, ports, signal));
  return attacks;
}
