import { connect } from "node:net";

/** Knocks at a TCP port of this machine: connects, says a word and leaves, whatever comes of it. */
export function knock(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(5000, () => socket.destroy());
  socket.on("error", () => {}); // refused is as good
  socket.on("connect", () => socket.end("hello\n"));
  socket.resume();
  return new Promise((resolve) => {
    socket.on("close", () => resolve());
  });
}
