import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { GuestForward } from "../../emulation/network-card.ts";
import type { StandIn } from "../stand-ins/stand-in.ts";
import { gatewaySocket, writeRelay } from "./relay.ts";

/** A TCP port of a server, by the name that the sensor uses. */
export type Server = { readonly name: string; readonly port: number };

/** Connections of one kind. */
export type Attempt = Server & {
  readonly result: "forwarded" | "answered" | "refused";
  readonly count: number;
};

export type GatewayOptions = {
  /** A folder that only this user can enter. */
  readonly folder: string;
  /** Servers that the sensor really reaches. */
  readonly mirrors: readonly Server[];
  readonly standIns: readonly Pick<StandIn, "names" | "port" | "serve">[];
  /** Other servers that the sensor knows by name; their connections are recorded and closed. */
  readonly others: readonly Server[];
  /** Connects to a mirror; a test replaces it. */
  readonly reach?: (server: Server) => Duplex;
};

export type Gateway = {
  /** What the guest's network card leads to the gateway. */
  readonly forwards: readonly GuestForward[];
  /** Lines of the guest's /etc/hosts. */
  readonly hosts: readonly string[];
  /** Every server that the guest has connected to. */
  readonly attempts: () => readonly Attempt[];
  readonly close: () => Promise<void>;
};

/**
 * Opens the only way out of the machine of a trial. Each name has an address of its own in the card's network, so that
 * only the address and the port of a connection decide which server answers, whatever the connection sends.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { folder, mirrors, standIns, others, reach = ({ name, port }) => connect(port, name) } = options;
  const relay = await writeRelay(folder);
  const servers = distinct([
    ...standIns.flatMap(({ names, port }) => names.map((name) => ({ name, port }))),
    ...mirrors,
    ...others,
  ]);
  const names = [...new Set(servers.map(({ name }) => name))];
  // Addresses below are QEMU's and the guest's own.
  if (names.length > 100) throw new Error(`a trial has addresses for 100 servers, not ${names.length}`);
  const addresses = new Map(names.map((name, index) => [name, `10.0.2.${index + 101}`]));
  const byTarget = new Map<string, Server>(
    servers.map((server) => [`${addresses.get(server.name)} ${server.port}`, server]),
  );

  const counts = new Map<string, Attempt>();
  const count = (server: Server, result: Attempt["result"]): void => {
    const key = `${server.name} ${server.port} ${result}`;
    counts.set(key, { ...server, result, count: (counts.get(key)?.count ?? 0) + 1 });
  };
  const hand = (target: string, socket: Socket): void => {
    const server = byTarget.get(target);
    if (server === undefined) {
      socket.destroy();
      return;
    }
    const standIn = standIns.find(({ names, port }) => port === server.port && names.includes(server.name));
    if (standIn !== undefined) {
      count(server, "answered");
      standIn.serve(socket);
      return;
    }
    if (!mirrors.some(({ name, port }) => name === server.name && port === server.port)) {
      count(server, "refused");
      socket.destroy();
      return;
    }
    count(server, "forwarded");
    pair(socket, reach(server));
  };

  const open = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    readTarget(socket, hand);
  });
  // Each is a process on this machine.
  listener.maxConnections = connectionsAtMost;
  listener.listen(join(folder, gatewaySocket));
  await once(listener, "listening");
  return {
    forwards: [...byTarget.values()].map(({ name, port }) => {
      const address = addresses.get(name) ?? "";
      return { address, port, command: relay(address, port) };
    }),
    hosts: names.map((name) => `${addresses.get(name)} ${name}`),
    attempts: () => [...counts.values()],
    close: async () => {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

const connectionsAtMost = 100;

// The relay's first line: `10.0.2.101 80`.
function readTarget(socket: Socket, hand: (target: string, socket: Socket) => void): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\n");
    if (end === -1) {
      if (head.length > 100) socket.destroy();
      return;
    }
    socket.off("data", onData);
    socket.pause();
    if (end + 1 < head.length) socket.unshift(head.subarray(end + 1));
    hand(head.subarray(0, end).toString("latin1"), socket);
  };
  socket.on("data", onData);
}

function pair(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  for (const [stream, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    stream.on("error", () => peer.destroy());
    stream.on("close", () => peer.destroy());
  }
}

function distinct(servers: readonly Server[]): readonly Server[] {
  return [...new Map(servers.map((server) => [`${server.name} ${server.port}`, server])).values()];
}
