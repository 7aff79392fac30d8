import SftpClient from "ssh2-sftp-client";
import { connectionFailure } from "./failure.ts";
import { type HostKey, hostKeyOf, signatureAlgorithms } from "./host-key.ts";
import { operations } from "./operations.ts";
import { readableKey } from "./private-key.ts";
import { readInPlace } from "./read-in-place.ts";
import { type Remote, serverHints } from "./remote.ts";
import { type Login, type Patience, type Server, serverName, patience as usualPatience } from "./server.ts";
import { openSocket } from "./socket.ts";

/** A connection to the backup server, with the host key that it proved. */
export type ServerRemote = Remote & { readonly hostKey: HostKey };

/**
 * Connects after the server has proved a pinned host key. Everything has a timeout: the handshake, a silent server
 * (probed every ten seconds, lost after three probes), and each operation. Rejects with a `ConnectionFailure`; if
 * `signal` aborts, the connection closes and running operations reject.
 */
export async function connect(
  server: Server,
  login: Login,
  signal: AbortSignal,
  patience: Patience = usualPatience,
): Promise<ServerRemote> {
  if (server.hostKeys.length === 0) throw new Error("a connection needs a pinned host key");
  signal.throwIfAborted();
  let presented: HostKey | undefined;
  let isLoggedIn = false;
  let lost: Error | undefined;
  const quiet = () => {};
  const client = new SftpClient("sensorbake", {
    error: (error) => {
      lost ??= error;
    },
    end: quiet,
    close: quiet,
  });
  client.client.on("ready", () => {
    isLoggedIn = true;
  });
  const sock = openSocket(server.host, server.port);
  // The client reports it too.
  sock.on("error", quiet);
  const cut = () => {
    client.client.destroy();
    sock.destroy();
  };
  signal.addEventListener("abort", cut);
  const late = setTimeout(() => {
    lost ??= new Error("Timed out while waiting for the server");
    cut();
  }, patience.connectSeconds * 1000);
  try {
    const wrapper = await client.connect({
      host: server.host,
      port: server.port,
      sock,
      username: login.user,
      ...(login.with.kind === "agent"
        ? { agent: login.with.agent }
        : { privateKey: readableKey(login.with.privateKey) }),
      readyTimeout: patience.connectSeconds * 1000,
      keepaliveInterval: patience.keepaliveSeconds * 1000,
      keepaliveCountMax: 3,
      hostVerifier: (blob) => {
        presented = hostKeyOf(blob);
        return server.hostKeys.some(({ base64 }) => Buffer.from(base64, "base64").equals(blob));
      },
      algorithms: { serverHostKey: algorithmsFor(server.hostKeys) },
    });
    readInPlace(wrapper);
    if (presented === undefined) throw new Error("the host key was not verified");
    const isClosed = new Promise<Error>((resolve) => {
      client.client.on("close", () => resolve(lost ?? new Error("Connection lost")));
    });
    const failure = (error: unknown) => connectionFailure(lost ?? error, server, login, {});
    const name = serverName(server);
    const line = { name, hints: serverHints, isClosed, cut, failure, signal, patience };
    return {
      ...operations(wrapper, line),
      name,
      url: `sftp://${name}`,
      hints: serverHints,
      hostKey: presented,
      close: async () => {
        signal.removeEventListener("abort", cut);
        await endWithin(client, 5000);
      },
    };
  } catch (error) {
    signal.removeEventListener("abort", cut);
    cut();
    signal.throwIfAborted();
    throw connectionFailure(lost ?? error, server, login, { hostKey: presented, isLoggedIn });
  } finally {
    clearTimeout(late);
  }
}

function algorithmsFor(keys: readonly HostKey[]): readonly string[] {
  return [...new Set(keys.flatMap(({ type }) => signatureAlgorithms[type]))];
}

// The library's `end()` may never resolve if the other side is gone.
async function endWithin(client: SftpClient, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([
    client.end().then(
      () => {},
      () => {},
    ),
    late,
  ]);
  clearTimeout(timer);
  client.client.destroy();
}
