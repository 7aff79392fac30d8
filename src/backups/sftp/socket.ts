import { createConnection, type Socket } from "node:net";

const readBytes = 256 * 1024;
const buffersInTurn = 8;
const copiedBytes = 16 * 1024;

/**
 * Connects for ssh2, reading into the same few buffers again and again: memory asked for anew for each read, as node
 * does, is as much as everything that comes, and costs more garbage collection than all the rest. What is written
 * while one round of reads is worked through leaves in one piece.
 *
 * ssh2 keeps parts of what it is given, beyond the event, only of messages of a key exchange, which are small and
 * after which the server waits: small reads are copied, and a buffer is used again after seven others.
 */
export function openSocket(host: string, port: number): Socket {
  const buffers: Buffer[] = [];
  let turn = 0;
  let isCorked = false;
  const uncork = () => {
    isCorked = false;
    socket.uncork();
  };
  const socket = createConnection({
    host,
    port,
    // Else the last request of a round waits for the answer to the one before, and the server for that request.
    noDelay: true,
    onread: {
      buffer: () => {
        turn = (turn + 1) % buffersInTurn;
        const buffer = buffers[turn] ?? Buffer.allocUnsafeSlow(readBytes);
        buffers[turn] = buffer;
        return buffer;
      },
      callback: (count, buffer) => {
        if (!isCorked) {
          isCorked = true;
          socket.cork();
          setImmediate(uncork);
        }
        const bytes = buffer.subarray(0, count);
        try {
          socket.emit("data", count <= copiedBytes ? Buffer.from(bytes) : bytes);
        } catch (error) {
          // ssh2 throws where a server sends what it does not expect, e.g. a length of more than 2^31.
          socket.destroy(new Error(`the server sent something unreadable (${String(error)})`));
        }
        return true;
      },
    },
  });
  return socket;
}
