import { createSocket } from "node:dgram";

/**
 * A time server on UDP port 123 of this machine's loopback, which a guest of QEMU reaches as 10.0.2.2.
 * Does nothing when there is one already. Needs root.
 */
export async function startTimeServer(): Promise<{ readonly stop: () => void }> {
  const socket = createSocket("udp4");
  socket.on("message", (request, { port, address }) => {
    if (request.length >= 48) socket.send(answer(request), port, address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("listening", resolve);
    socket.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve() : reject(error),
    );
    socket.bind(123, "127.0.0.1");
  });
  socket.unref();
  return { stop: () => socket.close() };
}

/** RFC 5905: no leap second, version 4, server, stratum 1; the sender's time comes back as the origin. */
function answer(request: Buffer): Buffer {
  const packet = Buffer.alloc(48);
  packet.set([0x24, 1, 4, 0xec]);
  packet.write("LOCL", 12, "latin1");
  request.copy(packet, 24, 40, 48);
  for (const offset of [16, 32, 40]) writeTime(packet, offset);
  return packet;
}

function writeTime(packet: Buffer, offset: number): void {
  const now = Date.now();
  packet.writeUInt32BE(Math.floor(now / 1000) + 2_208_988_800, offset);
  packet.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), offset + 4);
}
