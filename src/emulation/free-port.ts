import { once } from "node:events";
import { createServer } from "node:net";

// Machines that are made side by side must not be given the same one before the first of them listens on it.
const given = new Set<number>();

/** A free TCP port of 127.0.0.1; the caller uses it before another process can take it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  if (given.has(address.port)) return freePort();
  given.add(address.port);
  return address.port;
}
