import { execute, type Outcome } from "./scratch-root.ts";

export type Network = {
  /** Words before a command that is to run on the sensor's side. */
  readonly sensor: readonly string[];
  /** Words before a command that is to run on the world's side. */
  readonly world: readonly string[];
  /** Runs `ip` on the sensor's side. */
  readonly ip: (...words: readonly string[]) => Promise<Outcome>;
  /** Sends numbered UDP datagrams from the world's side to the sensor, 192.0.2.1, a few at a time. */
  readonly send: (port: number, count: number, bytes: number) => Promise<void>;
  readonly remove: () => Promise<void>;
};

let made = 0;

/**
 * A sensor and the world, each a network namespace, joined by the veth pair `sensor0`-`world0`, without a
 * default route. Needs root. The caller removes it.
 */
export async function makeNetwork(): Promise<Network> {
  made += 1;
  const [sensor, world] = [`sb-sensor-${process.pid}-${made}`, `sb-world-${process.pid}-${made}`];
  const ip = async (...words: readonly string[]): Promise<Outcome> => {
    const outcome = await execute("ip", words);
    if (outcome.code !== 0) throw new Error(`ip ${words.join(" ")}: ${outcome.stderr}`);
    return outcome;
  };
  await ip("netns", "add", sensor);
  await ip("netns", "add", world);
  await ip("-n", sensor, "link", "add", "sensor0", "type", "veth", "peer", "name", "world0", "netns", world);
  await ip("-n", sensor, "address", "add", "192.0.2.1/24", "dev", "sensor0");
  await ip("-n", world, "address", "add", "192.0.2.2/24", "dev", "world0");
  await ip("-n", sensor, "link", "set", "sensor0", "up");
  await ip("-n", world, "link", "set", "world0", "up");

  return {
    sensor: ["ip", "netns", "exec", sensor],
    world: ["ip", "netns", "exec", world],
    ip: (...words) => ip("-n", sensor, ...words),
    send: async (port, count, bytes) => {
      const words = [
        "netns",
        "exec",
        world,
        process.execPath,
        "--eval",
        sender,
        String(port),
        String(count),
        String(bytes),
      ];
      await ip(...words);
    },
    remove: async () => {
      await execute("ip", ["netns", "delete", sensor]);
      await execute("ip", ["netns", "delete", world]);
    },
  };
}

const sender = `
const [port, count, bytes] = process.argv.slice(1).map(Number);
const socket = require("node:dgram").createSocket("udp4");
const send = (number) => {
  if (number === count) return socket.close();
  const payload = Buffer.alloc(bytes, 0x2e);
  payload.write("packet " + number + ";");
  socket.send(payload, port, "192.0.2.1", () => number % 20 === 19 ? setTimeout(send, 5, number + 1) : send(number + 1));
};
send(0);
`;
