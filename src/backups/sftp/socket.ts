import { createConnection, type Socket } from "node:net";

const readBytes = 256 * 1024;
const buffersInTurn = 8;
const copiedBytes = 16 * 1024;

/**
 * Connects for ssh2, and reads into a few reused buffers: node allocates new memory for each read, in total as much as
 * all received data, which costs more garbage collection than all the rest. Writes during one round of reads are sent
 * together.
 *
 * ssh2 keeps parts of a buffer beyond the event only for messages of a key exchange, which are small and after which the
 * server waits. So small reads are copied, and a buffer is reused after seven others.
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
    // Otherwise the last request of a round would wait for the previous reply, and the server for that request.
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
          // ssh2 throws for unexpected data, e.g. a length of more than 2^31.
          socket.destroy(new Error(`the server sent invalid data (${String(error)})`));
        }
        return true;
      },
    },
  });
  return socket;
}
