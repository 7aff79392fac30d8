import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2, { type Connection, type SFTPWrapper } from "ssh2";

/** Faults that OpenSSH cannot produce. Counts are bytes read or written over all files of one connection. */
export type Faults = {
  /** Stops answering after this number of bytes. */
  readonly hangAfterBytes?: number;
  /** Closes the connection after this number of bytes. */
  readonly dropAfterBytes?: number;
  /** Writing fails like on a full disk after this number of bytes. */
  readonly fullAfterBytes?: number;
  /** Number of connections with this fault; later ones work. All of them when absent. */
  readonly faultyConnections?: number;
  readonly refuseLogin?: boolean;
  readonly hangAtLogin?: boolean;
  readonly noSftp?: boolean;
  /** Answers a read with at most so many bytes. */
  readonly shortReads?: number;
  /** Answers reads one after the other, each after so many milliseconds. */
  readonly slowReads?: number;
};

export type FaultyServer = {
  readonly port: number;
  readonly hostKey: string;
  readonly connections: () => number;
  /** The names under which somebody has logged in. */
  readonly users: () => readonly string[];
  readonly close: () => Promise<void>;
};

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** An SFTP server of ssh2 over a folder: version 3 and no extension, so without posix-rename and statvfs. */
export async function startFaultyServer(folder: string, faults: Faults = {}): Promise<FaultyServer> {
  const pair = makeKeyPair();
  let connections = 0;
  const open = new Set<Connection>();
  const users = new Set<string>();
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (client) => {
    connections += 1;
    const isFaulty = connections <= (faults.faultyConnections ?? Number.POSITIVE_INFINITY);
    open.add(client);
    client.on("error", () => {}).on("close", () => open.delete(client));
    client.on("authentication", (context) => {
      if (faults.hangAtLogin) return;
      if (faults.refuseLogin) context.reject(["publickey"]);
      else {
        users.add(context.username);
        context.accept();
      }
    });
    client.on("ready", () =>
      client.on("session", (accept) => {
        const session = accept();
        if (faults.noSftp) return;
        session.on("sftp", (acceptSftp) =>
          serve(acceptSftp(), folder, isFaulty ? faults : {}, () => client.end()),
        );
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.public.split(" ").slice(0, 2).join(" "),
    connections: () => connections,
    users: () => [...users],
    close: async () => {
      for (const client of open) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(sftp: SFTPWrapper, folder: string, faults: Faults, drop: () => void): void {
  const files = new Map<number, number>();
  const listings = new Map<number, { readonly of: string; names: readonly string[] }>();
  let handles = 0;
  let bytes = 0;
  // OpenSSH's client waits for the other side to close as well.
  sftp.on("end", () => sftp.end());
  const local = (path: string) => join(folder, path);
  const handleOf = (number: number) => {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(number);
    return handle;
  };
  // Returns whether the request stays unanswered.
  const count = (more: number): boolean => {
    bytes += more;
    if (faults.dropAfterBytes !== undefined && bytes > faults.dropAfterBytes) {
      drop();
      return true;
    }
    return faults.hangAfterBytes !== undefined && bytes > faults.hangAfterBytes;
  };
  const attempt = (id: number, what: () => void) => {
    try {
      what();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      sftp.status(id, code === "ENOENT" ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const attributes = ({ mode, uid, gid, size, atimeMs, mtimeMs }: ReturnType<typeof statSync> & object) => ({
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    atime: Math.floor(Number(atimeMs) / 1000),
    mtime: Math.floor(Number(mtimeMs) / 1000),
  });
  sftp.on("REALPATH", (id, path) =>
    sftp.name(id, [{ filename: path === "." ? "/" : path, longname: path, attrs: {} as never }]),
  );
  const look = (id: number, path: string) =>
    attempt(id, () => sftp.attrs(id, attributes(statSync(local(path)))));
  sftp.on("STAT", look).on("LSTAT", look);
  sftp.on("FSTAT", (id, handle) =>
    attempt(id, () => sftp.attrs(id, attributes(fstatSync(files.get(handle.readUInt32BE(0)) ?? -1)))),
  );
  const accept = (id: number) => sftp.status(id, STATUS_CODE.OK);
  sftp.on("SETSTAT", accept).on("FSETSTAT", accept);
  sftp.on("OPENDIR", (id, path) =>
    attempt(id, () => {
      listings.set(++handles, { of: local(path), names: readdirSync(local(path)) });
      sftp.handle(id, handleOf(handles));
    }),
  );
  sftp.on("READDIR", (id, handle) => {
    const listing = listings.get(handle.readUInt32BE(0));
    const names = listing?.names ?? [];
    if (listing === undefined || names.length === 0) return sftp.status(id, STATUS_CODE.EOF);
    listing.names = [];
    return sftp.name(
      id,
      names.map((name) => ({
        filename: name,
        longname: name,
        attrs: attributes(statSync(join(listing.of, name))),
      })),
    );
  });
  sftp.on("OPEN", (id, path, mode) =>
    attempt(id, () => {
      let flags =
        mode & OPEN_MODE.WRITE ? (mode & OPEN_MODE.READ ? constants.O_RDWR : constants.O_WRONLY) : 0;
      if (mode & OPEN_MODE.CREAT) flags |= constants.O_CREAT;
      if (mode & OPEN_MODE.EXCL) flags |= constants.O_EXCL;
      if (mode & OPEN_MODE.TRUNC) flags |= constants.O_TRUNC;
      files.set(++handles, openSync(local(path), flags, 0o600));
      sftp.handle(id, handleOf(handles));
    }),
  );
  let turn: Promise<unknown> = Promise.resolve();
  sftp.on("READ", (id, handle, offset, length) => {
    if (faults.slowReads === undefined) return read(id, handle, offset, length);
    turn = turn.then(() => sleep(faults.slowReads)).then(() => read(id, handle, offset, length));
  });
  const read = (id: number, handle: Buffer, offset: number, length: number) =>
    attempt(id, () => {
      const buffer = Buffer.alloc(Math.min(length, faults.shortReads ?? length));
      const got = readSync(files.get(handle.readUInt32BE(0)) ?? -1, buffer, 0, buffer.length, offset);
      if (count(got)) return;
      if (got === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, got));
    });
  sftp.on("WRITE", (id, handle, offset, data) =>
    attempt(id, () => {
      if (faults.fullAfterBytes !== undefined && bytes + data.length > faults.fullAfterBytes)
        return sftp.status(id, STATUS_CODE.FAILURE, "No space left on device");
      writeSync(files.get(handle.readUInt32BE(0)) ?? -1, data, 0, data.length, offset);
      if (!count(data.length)) sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("CLOSE", (id, handle) =>
    attempt(id, () => {
      const number = handle.readUInt32BE(0);
      const file = files.get(number);
      if (file !== undefined) closeSync(file);
      files.delete(number);
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("MKDIR", (id, path) =>
    attempt(id, () => {
      mkdirSync(local(path));
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("REMOVE", (id, path) =>
    attempt(id, () => {
      unlinkSync(local(path));
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("RENAME", (id, from, to) =>
    attempt(id, () => {
      // Version 3: a name that is taken is refused.
      if (existsSync(local(to))) return sftp.status(id, STATUS_CODE.FAILURE);
      renameSync(local(from), local(to));
      return sftp.status(id, STATUS_CODE.OK);
    }),
  );
}

/** A second identity, for a server that is not the pinned one. */
export function anotherHostKey(): string {
  return makeKeyPair().public.split(" ").slice(0, 2).join(" ");
}

/** A key pair that ssh2 can read: one in some hundred that it makes it cannot. */
export function makeKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
