import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import { makeKeyPair } from "./faulty-sftp-server.ts";

/** Numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02). */
export const requests = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  realpath: 16,
  stat: 17,
  rename: 18,
  extended: 200,
} as const;

/** One request: its number, what follows that, and the path of the file or folder that it is about. */
export type Request = {
  readonly type: number;
  readonly id: number;
  readonly body: Buffer;
  readonly path: string;
};

/** Answers a request with bytes of its own, with nothing ("silence"), or as an honest server does (`undefined`). */
export type Hostility = (request: Request, files: Map<string, Buffer>) => Buffer | "silence" | undefined;

export type HostileServer = {
  readonly port: number;
  readonly hostKey: string;
  /** What it has, by path. */
  readonly files: Map<string, Buffer>;
  readonly close: () => Promise<void>;
};

/** An SFTP server in memory, which writes each byte of its answers itself and accepts every login. */
export async function startHostileServer(
  hostility: Hostility,
  options: { readonly banner?: string; readonly piecesOf?: number } = {},
): Promise<HostileServer> {
  const pair = makeKeyPair();
  const files = new Map<string, Buffer>();
  const open = new Set<Connection>();
  const banner = options.banner === undefined ? {} : { banner: options.banner };
  const server = new ssh2.Server({ hostKeys: [pair.private], ...banner }, (client) => {
    open.add(client);
    client.on("error", () => {}).on("close", () => open.delete(client));
    client.on("authentication", (context) => context.accept());
    client.on("ready", () =>
      client.on("session", (accept) => {
        const start = (acceptChannel: () => ServerChannel) =>
          serve(acceptChannel(), hostility, files, options.piecesOf);
        accept().on("subsystem", start).on("exec", start);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.public.split(" ").slice(0, 2).join(" "),
    files,
    close: async () => {
      for (const client of open) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(
  channel: ServerChannel,
  hostility: Hostility,
  files: Map<string, Buffer>,
  piecesOf = Number.POSITIVE_INFINITY,
): void {
  const paths = new Map<number, { readonly path: string; names?: string[] }>();
  let handles = 0;
  let pending = Buffer.alloc(0);
  // OpenSSH's client waits for the other side to close as well.
  channel
    .on("error", () => {})
    .on("end", () => {
      channel.exit(0);
      channel.end();
    });
  const honest = (request: Request): Buffer => {
    const { type, id, body, path } = request;
    const open = () => {
      paths.set(++handles, { path });
      return packet(102, number(id), text(number(handles)));
    };
    const content = files.get(path);
    switch (type) {
      case requests.init:
        return packet(2, number(3));
      case requests.realpath:
        return name(id, [[path === "." ? "/" : path, 0, true]]);
      case requests.stat:
      case requests.lstat:
      case requests.fstat:
        if (path === "/") return packet(105, number(id), attributes(0, true));
        return content === undefined ? status(id, 2) : packet(105, number(id), attributes(content.length));
      case requests.open: {
        const flags = body.readUInt32BE(4 + Buffer.byteLength(path));
        if (content === undefined && !(flags & 8)) return status(id, 2);
        if (content === undefined || flags & 16) files.set(path, Buffer.alloc(0));
        return open();
      }
      case requests.opendir:
        return open();
      case requests.readdir: {
        const handle = paths.get(body.readUInt32BE(4));
        if (handle?.names !== undefined) return status(id, 1);
        if (handle !== undefined) handle.names = [];
        return name(
          id,
          [...files].map(([file, { length }]) => [file.slice(1), length, false]),
        );
      }
      case requests.read: {
        const from = Number(body.readBigUInt64BE(8));
        const bytes = (content ?? Buffer.alloc(0)).subarray(from, from + body.readUInt32BE(16));
        return bytes.length === 0 ? status(id, 1) : packet(103, number(id), text(bytes));
      }
      case requests.write: {
        const at = Number(body.readBigUInt64BE(8));
        const bytes = body.subarray(20);
        const grown = Buffer.alloc(Math.max(content?.length ?? 0, at + bytes.length));
        content?.copy(grown);
        bytes.copy(grown, at);
        files.set(path, grown);
        return status(id, 0);
      }
      case requests.remove:
        return status(id, files.delete(path) ? 0 : 2);
      case requests.rename: {
        const to = textAt(body, 4 + Buffer.byteLength(path));
        if (content === undefined || files.has(to)) return status(id, 4);
        files.delete(path);
        files.set(to, content);
        return status(id, 0);
      }
      case requests.mkdir:
      case requests.close:
        return status(id, 0);
      default:
        return status(id, 8);
    }
  };
  channel.on("data", (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    while (pending.length >= 5 && pending.length >= 4 + pending.readUInt32BE(0)) {
      const whole = pending.subarray(4, 4 + pending.readUInt32BE(0));
      pending = pending.subarray(4 + whole.length);
      const type = whole[0] ?? 0;
      const id = type === requests.init ? 0 : whole.readUInt32BE(1);
      const body = whole.subarray(5);
      const named = type === requests.init || type === requests.extended ? "" : textAt(body, 0);
      const byHandle = [4, 5, 6, 8, 12].includes(type);
      const path = byHandle ? (paths.get(Buffer.from(named, "latin1").readUInt32BE(0))?.path ?? "") : named;
      const request = { type, id, body, path: path.replace(/^(?!\/)/, path === "." ? "" : "/") };
      const answer = hostility(request, files) ?? honest(request);
      if (answer === "silence") continue;
      for (let at = 0; at < answer.length; at += piecesOf)
        channel.write(answer.subarray(at, Math.min(answer.length, at + piecesOf)));
    }
  });
}

/** Builders of answers; none checks what it is given. */
export function packet(type: number, ...parts: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.from([type]), ...parts]);
  return Buffer.concat([number(bytes.length), bytes]);
}

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([number(bytes.length), bytes]);
}

export function status(id: number, code: number, message = ""): Buffer {
  return packet(101, number(id), number(code), text(message), text(""));
}

/** Size, owner, permissions and times. */
export function attributes(size: number | bigint, isFolder = false): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(size));
  return Buffer.concat([
    number(0x0f),
    bytes,
    number(0),
    number(0),
    number(isFolder ? 0o040755 : 0o100644),
    number(1_700_000_000),
    number(1_700_000_000),
  ]);
}

export function name(
  id: number,
  entries: readonly (readonly [name: string, size: number | bigint, isFolder: boolean])[],
): Buffer {
  const all = entries.flatMap(([file, size, isFolder]) => [
    text(file),
    text(file),
    attributes(size, isFolder),
  ]);
  return packet(104, number(id), number(entries.length), ...all);
}

function textAt(body: Buffer, at: number): string {
  const bytes = body.subarray(at + 4, at + 4 + body.readUInt32BE(at));
  const decoded = bytes.toString("utf8");
  // A handle is four bytes of a number, which need not be UTF-8.
  return Buffer.from(decoded).equals(bytes) ? decoded : bytes.toString("latin1");
}
