import SftpClient from "ssh2-sftp-client";
import { connectionFailure } from "./failure.ts";
import { type HostKey, hostKeyOf, signatureAlgorithms } from "./host-key.ts";
import { type Operations, operations } from "./operations.ts";
import { readableKey } from "./private-key.ts";
import { readInPlace } from "./read-in-place.ts";
import { type Login, type Patience, type Server, serverName, patience as usualPatience } from "./server.ts";
import { openSocket } from "./socket.ts";

/** An open connection: what can be done with it, and its end. */
export type Remote = Operations & {
  /** The key by which the server proved itself. */
  readonly hostKey: HostKey;
  readonly close: () => Promise<void>;
};

/**
 * Connects, after the server has proved that it is one of the pinned ones. Everything that can hang has an end:
 * the handshake, a silent server (asked every ten seconds, given up after three), each operation. Rejects with a
 * `ConnectionFailure`; when `signal` aborts, the connection is cut and what is under way rejects.
 */
export async function connect(
  server: Server,
  login: Login,
  signal: AbortSignal,
  patience: Patience = usualPatience,
): Promise<Remote> {
  if (server.hostKeys.length === 0) throw new Error("a connection without a pinned host key was asked for");
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
  // It is told by the client, too.
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
      ...("agent" in login.with ? login.with : { privateKey: readableKey(login.with.privateKey) }),
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
    return {
      ...operations(wrapper, { name: serverName(server), isClosed, cut, failure, signal, patience }),
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

// `end()` of the library may never resolve when the other side is gone.
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
