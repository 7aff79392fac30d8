import SftpClient from "ssh2-sftp-client";
import { connectionFailure } from "./failure.ts";
import { type HostKey, type HostKeyType, hostKeyOf, signatureAlgorithms } from "./host-key.ts";
import { patience, type Server } from "./server.ts";

/**
 * The host keys that a server has, one of each type, as it proves to have them. Nobody logs in: the connection
 * ends when the key has been seen. Whether they are the right server's keys is for a human to find out.
 */
export async function scanHostKeys(
  server: Pick<Server, "host" | "port">,
  signal: AbortSignal,
  seconds = patience.connectSeconds,
): Promise<readonly HostKey[]> {
  const keys: HostKey[] = [];
  // One after the other: sshd drops bursts of connections that have not logged in.
  for (const type of ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"] as const) {
    const key = await scanOne(server, type, signal, seconds);
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

async function scanOne(
  { host, port }: Pick<Server, "host" | "port">,
  type: HostKeyType,
  signal: AbortSignal,
  seconds: number,
): Promise<HostKey | undefined> {
  signal.throwIfAborted();
  let presented: HostKey | undefined;
  const quiet = () => {};
  const client = new SftpClient("sensorbake", { error: quiet, end: quiet, close: quiet });
  const cut = () => client.client.destroy();
  signal.addEventListener("abort", cut);
  try {
    await client.connect({
      host,
      port,
      username: "sensorbake",
      readyTimeout: seconds * 1000,
      keepaliveInterval: 0,
      keepaliveCountMax: 0,
      // Called after the server has signed with the key; refusing ends the connection before anybody logs in.
      hostVerifier: (blob) => {
        presented = hostKeyOf(blob);
        return false;
      },
      algorithms: { serverHostKey: signatureAlgorithms[type] },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (presented !== undefined) return presented;
    if (error instanceof Error && /no matching host key format/.test(error.message)) return undefined;
    throw connectionFailure(
      error,
      { host, port, hostKeys: [] },
      { user: "", with: { agent: "" } },
      undefined,
    );
  } finally {
    signal.removeEventListener("abort", cut);
    cut();
  }
  throw new Error("a connection was made with a verifier that refuses");
}
