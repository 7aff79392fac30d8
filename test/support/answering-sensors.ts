import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { freePort } from "../../src/emulation/free-port.ts";
import { ed25519Key } from "./keys.ts";
import { sensorSsh } from "./sensor-ssh.ts";
import { type SftpServer, startSftpServer } from "./sftp-server.ts";

/** What the settings file says before its sensors. */
export const settingsHead = `version: 1
defaults:
  target: nocloud
  admin:
    ssh_keys: [${ed25519Key}]
    allow_from: [9.9.9.0/24]
`;

/**
 * How a sensor behaves. `prints` and `runs` (a shell command): it answers over a real sshd. `refuses`: its port is
 * closed. `hangs`: accepts a connection and sends nothing. `babbles`: sends lines without end instead of SSH's first.
 */
export type Behaviour =
  | { readonly kind: "prints"; readonly text: string }
  | { readonly kind: "runs"; readonly command: string }
  | { readonly kind: "refuses" | "hangs" | "babbles" };

export type AnsweringSensor = {
  readonly name: string;
  readonly behaves: Behaviour;
  /** What known_hosts has for it; the right key when absent. */
  readonly hostKey?: "changed" | "unknown";
  /** More of its entry in the settings. */
  readonly settings?: string;
};

export type AnsweringSensors = {
  /** A settings file with these sensors. */
  readonly file: string;
  /** PATH with an `ssh` that may log in to them. */
  readonly path: string;
  readonly remove: () => Promise<void>;
};

/** Starts sensors on ports of loopback; `folder` gets their files. */
export async function startAnsweringSensors(
  folder: string,
  sensors: readonly AnsweringSensor[],
): Promise<AnsweringSensors> {
  const placed = await Promise.all(sensors.map(async (sensor) => ({ ...sensor, port: await freePort() })));
  const answering: (readonly [port: number, program: string])[] = [];
  for (const { name, behaves, port } of placed) {
    if (behaves.kind !== "prints" && behaves.kind !== "runs") continue;
    const program = join(folder, `answer-${name}`);
    if (behaves.kind === "prints") await writeFile(`${program}.txt`, behaves.text);
    const command = behaves.kind === "runs" ? behaves.command : `exec cat ${program}.txt`;
    await writeFile(program, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    answering.push([port, program]);
  }
  const servers: SftpServer[] = [];
  const hostKeys = new Map<number, string>();
  while (answering.length > 0 || servers.length === 0) {
    // One sshd has at most 16 ports.
    const some = answering.splice(0, 15);
    const ports = some.map(([port]) => `Port ${port}`);
    const matches = some.map(([port, program]) => `Match LocalPort ${port}\n  ForceCommand ${program}`);
    const configuration = [...ports, ...matches, "Match all"].join("\n");
    const server = await startSftpServer({ isPlain: true, configuration });
    servers.push(server);
    for (const [port] of some) hostKeys.set(port, server.hostKey);
  }
  const others = await Promise.all(
    placed.flatMap(({ behaves: { kind }, port }) =>
      kind === "hangs" || kind === "babbles" ? [listen(port, kind === "babbles")] : [],
    ),
  );
  const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
  const known = placed
    .filter(({ hostKey }) => hostKey !== "unknown")
    .map(
      ({ port, hostKey }) =>
        `[127.0.0.1]:${port} ${hostKey === "changed" ? other : (hostKeys.get(port) ?? other)}\n`,
    );
  await writeFile(join(folder, "known_hosts"), known.join(""));
  const [first] = servers;
  if (first === undefined) throw new Error("no server was started");
  const key = await readFile(`${first.privateKeyFile}.pub`, "utf8");
  for (const server of servers) await server.authorize(key);
  await sensorSsh(folder, { keyFile: first.privateKeyFile, user: first.user });
  const file = join(folder, "sensors.yaml");
  const entries = placed.map(
    ({ name, port, settings = "address: 127.0.0.1" }) =>
      `  - {name: ${name}, admin: {ssh_port: ${port}}, ${settings}}\n`,
  );
  await writeFile(file, `${settingsHead}sensors:\n${entries.join("")}`);
  return {
    file,
    path: `${folder}:${process.env.PATH}`,
    remove: async () => {
      for (const server of servers) await server.remove();
      for (const { server: one, sockets } of others) {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => one.close(resolve));
      }
    },
  };
}

async function listen(port: number, babbles: boolean) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    const send = () => {
      if (!socket.destroyed) socket.write(`${"\u001b[2J".repeat(50)}\r\n`, () => setTimeout(send, 5));
    };
    if (babbles) send();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, sockets };
}
