import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The name of the gateway's socket in its folder. */
export const gatewaySocket = "gateway";

/**
 * Writes the program that QEMU starts for each connection of the guest, and returns its command. It leads the connection
 * to the gateway, with one line before it: the address and the port that the guest has connected to.
 */
export async function writeRelay(
  folder: string,
): Promise<(address: string, port: number) => readonly string[]> {
  const path = join(folder, "relay.cjs");
  await writeFile(path, program, { mode: 0o600 });
  return (address, port) => [process.execPath, path, address, String(port)];
}

const program = `const socket = require("node:net").connect(require("node:path").join(__dirname, "${gatewaySocket}"));
socket.write(process.argv.slice(2).join(" ") + "\\n");
process.stdin.pipe(socket);
socket.pipe(process.stdout);
for (const stream of [socket, process.stdin, process.stdout]) stream.on("error", () => process.exit());
socket.on("close", () => process.exit());
`;
