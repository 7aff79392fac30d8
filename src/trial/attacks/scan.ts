import { connect } from "node:net";
import type { Guest } from "../observe/ask.ts";

/** Connects to each port. The emulator accepts every connection itself, so the outcome has no open ports. */
export async function scan(
  { port: portOf }: Pick<Guest, "port">,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<string> {
  for (const port of ports) {
    signal.throwIfAborted();
    await touch(portOf(port));
  }
  return `ports ${ports.join(", ")}`;
}

function touch(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.setTimeout(1000, () => socket.destroy());
    // The emulator connects to the guest only while the connection lasts.
    socket
      .on("data", () => socket.destroy())
      .on("error", () => {})
      .on("close", () => resolve());
  });
}
