import SftpClient from "ssh2-sftp-client";
import { ConnectionFailure, connectionFailure } from "./failure.ts";
import { type HostKey, type HostKeyType, hostKeyOf, signatureAlgorithms } from "./host-key.ts";
import { patience, type Server, serverName } from "./server.ts";
import { openSocket } from "./socket.ts";

/**
 * Returns the host keys that a server proves to have, at most one of each type, without logging in: the connection ends
 * once the key is known. A human must verify that the keys belong to the right server.
 * Rejects with a `ConnectionFailure` if OpenSSH on a sensor would accept none of them.
 */
export async function scanHostKeys(
  server: Pick<Server, "host" | "port">,
  signal: AbortSignal,
  seconds = patience.connectSeconds,
): Promise<readonly HostKey[]> {
  const keys: HostKey[] = [];
  // One after the other, because sshd drops bursts of connections without login.
  for (const type of Object.keys(signatureAlgorithms) as HostKeyType[]) {
    const key = await scanOne(server, signatureAlgorithms[type], signal, seconds);
    if (key !== undefined) keys.push(key);
  }
  if (keys.length > 0) return keys;
  const name = serverName(server);
  if ((await scanOne(server, ["ssh-rsa"], signal, seconds)) !== undefined)
    throw new ConnectionFailure(
      "host-key",
      `${name} proves its RSA key only with SHA-1, which OpenSSH on the sensor refuses`,
      "allow rsa-sha2-512 in HostKeyAlgorithms on the server, or add an Ed25519 host key: ssh-keygen -A",
    );
  throw new ConnectionFailure(
    "host-key",
    `${name} has no host key that can be pinned (Ed25519, ECDSA or RSA)`,
    "add one on the server: ssh-keygen -A",
  );
}

async function scanOne(
  { host, port }: Pick<Server, "host" | "port">,
  serverHostKey: readonly string[],
  signal: AbortSignal,
  seconds: number,
): Promise<HostKey | undefined> {
  signal.throwIfAborted();
  let presented: HostKey | undefined;
  let lost: Error | undefined;
  const quiet = () => {};
  const client = new SftpClient("sensorbake", { error: quiet, end: quiet, close: quiet });
  const sock = openSocket(host, port);
  sock.on("error", (error) => {
    lost ??= error;
  });
  const cut = () => {
    client.client.destroy();
    sock.destroy();
  };
  signal.addEventListener("abort", cut);
  // A very slow server would keep ssh2 waiting.
  const late = setTimeout(() => {
    lost ??= new Error("Timed out while waiting for the server");
    cut();
  }, seconds * 1000);
  try {
    await client.connect({
      host,
      port,
      sock,
      username: "sensorbake",
      readyTimeout: seconds * 1000,
      keepaliveInterval: 0,
      keepaliveCountMax: 0,
      // Called after the server has signed with the key; refusing ends the connection before the login.
      hostVerifier: (blob) => {
        presented = hostKeyOf(blob);
        return false;
      },
      algorithms: { serverHostKey },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (presented !== undefined) return presented;
    if (error instanceof Error && /no matching host key format/.test(error.message)) return undefined;
    throw connectionFailure(
      lost ?? error,
      { host, port, hostKeys: [] },
      { user: "", with: { kind: "agent", agent: "" } },
      {},
    );
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", cut);
    cut();
  }
  throw new Error("a connection was made with a verifier that refuses");
}
