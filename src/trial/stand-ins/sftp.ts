import { closeSync, fstatSync, openSync, readSync, statSync, unlinkSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { basename, join, posix } from "node:path";
import type { Duplex } from "node:stream";
import ssh2, { type SFTPWrapper } from "ssh2";
import type { Recorder, StandIn } from "./stand-in.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

export type SftpOptions = {
  readonly names: readonly string[];
  /** An empty folder for the contents. Their names are numbers. */
  readonly folder: string;
  /** Bytes of all files. */
  readonly bytesAtMost?: number;
};

/** An SFTP server that lets every key in, on any port, and its host key as `known_hosts` has it: `ssh-ed25519 AAAA...`. */
export function sftpStandIn(
  { names, folder, bytesAtMost = 4e9 }: SftpOptions,
  recorder: Recorder,
): { readonly at: (port: number) => StandIn; readonly hostKey: string } {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
  const store = openStore(folder, bytesAtMost);
  const serverAt = (to: string): ssh2.Server =>
    new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
      client.on("error", () => {});
      client.on("authentication", (context) =>
        context.method === "publickey" ? context.accept() : context.reject(["publickey"]),
      );
      client.on("ready", () =>
        client.on("session", (accept) => {
          accept().on("sftp", (acceptSftp) =>
            serve(acceptSftp(), store, (name, bytes) =>
              recorder.record({ kind: "backup server", to, what: "file", name, bytes, text: "" }),
            ),
          );
        }),
      );
    });
  return {
    hostKey: publicKey.split(" ").slice(0, 2).join(" "),
    at: (port) => {
      const server = serverAt(`${names[0]}:${port}`);
      return {
        kind: "backup server",
        names,
        port,
        serve: (socket) => {
          socket.on("error", () => {});
          // The type asks for a socket, of which the server uses only what a stream has.
          server.injectSocket(socket as Duplex as Socket);
        },
      };
    },
  };
}

/** The files and folders of the server: paths of the client, and contents in numbered files of this machine. */
type Store = {
  readonly files: Map<string, number>;
  readonly folders: Set<string>;
  readonly place: (number: number) => string;
  readonly make: (path: string) => number;
  /** Whether so many more bytes fit. */
  readonly take: (bytes: number) => boolean;
};

const filesAtMost = 10_000;
const pathAtMost = 1000;
const handlesAtMost = 100;

function openStore(folder: string, bytesAtMost: number): Store {
  let count = 0;
  let used = 0;
  const files = new Map<string, number>();
  return {
    files,
    folders: new Set(["/"]),
    place: (number) => join(folder, String(number)),
    make: (path) => {
      if (files.size >= filesAtMost) throw new Error("too many files");
      count += 1;
      files.set(path, count);
      return count;
    },
    take: (bytes) => {
      used += bytes;
      return used <= bytesAtMost;
    },
  };
}

function serve(sftp: SFTPWrapper, store: Store, onFile: (name: string, bytes: number) => void): void {
  const open = new Map<number, number>();
  const listings = new Map<number, string[]>();
  let handles = 0;
  // The store keeps them; a longer one is cut.
  const local = (path: string) => posix.resolve("/", path.slice(0, pathAtMost));
  const handleOf = () => {
    handles += 1;
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(handles);
    return handle;
  };
  const numberOf = (handle: Buffer) => (handle.length === 4 ? handle.readUInt32BE(0) : -1);
  const attempt = (id: number, work: () => void) => {
    try {
      work();
    } catch {
      sftp.status(id, STATUS_CODE.FAILURE);
    }
  };
  const attributes = (path: string) => {
    const number = store.files.get(path);
    if (number === undefined)
      return store.folders.has(path) ? { ...times, mode: 0o040755, size: 0 } : undefined;
    return { ...times, mode: 0o100600, size: statSync(store.place(number)).size };
  };
  const status = (id: number, path: string) =>
    attempt(id, () => {
      const found = attributes(local(path));
      if (found === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      else sftp.attrs(id, found);
    });

  sftp.on("end", () => {
    for (const descriptor of open.values()) closeSync(descriptor);
    sftp.end();
  });
  sftp.on("REALPATH", (id, path) =>
    sftp.name(id, [{ filename: local(path), longname: "", attrs: noAttributes }]),
  );
  sftp.on("STAT", status).on("LSTAT", status);
  sftp.on("FSTAT", (id, handle) =>
    attempt(id, () => {
      const descriptor = open.get(numberOf(handle));
      if (descriptor === undefined) throw new Error("no such handle");
      sftp.attrs(id, { ...times, mode: 0o100600, size: fstatSync(descriptor).size });
    }),
  );
  sftp.on("SETSTAT", (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on("FSETSTAT", (id) => sftp.status(id, STATUS_CODE.OK));
  sftp.on("MKDIR", (id, path) => {
    const folder = local(path);
    if (store.folders.has(folder) || store.folders.size >= filesAtMost)
      return sftp.status(id, STATUS_CODE.FAILURE);
    // A real server has the parents of the folder.
    for (let at = folder; at !== "/"; at = posix.dirname(at)) store.folders.add(at);
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("OPEN", (id, path, flags) =>
    attempt(id, () => {
      if (handles - open.size > 1e6 || open.size >= handlesAtMost) throw new Error("too many handles");
      const name = local(path);
      const isNew = !store.files.has(name);
      if (isNew && (flags & OPEN_MODE.CREAT) === 0) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      const number = store.files.get(name) ?? store.make(name);
      const mode = isNew || (flags & OPEN_MODE.TRUNC) !== 0 ? "w+" : flags & OPEN_MODE.WRITE ? "r+" : "r";
      const descriptor = openSync(store.place(number), mode, 0o600);
      const handle = handleOf();
      open.set(handles, descriptor);
      sftp.handle(id, handle);
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    attempt(id, () => {
      const descriptor = open.get(numberOf(handle));
      if (descriptor === undefined || !store.take(data.length)) throw new Error("cannot write");
      writeSync(descriptor, data, 0, data.length, offset);
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    attempt(id, () => {
      const descriptor = open.get(numberOf(handle));
      if (descriptor === undefined) throw new Error("no such handle");
      const buffer = Buffer.alloc(Math.min(length, 1 << 18));
      const count = readSync(descriptor, buffer, 0, buffer.length, offset);
      if (count === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, count));
    }),
  );
  sftp.on("CLOSE", (id, handle) => {
    const number = numberOf(handle);
    const descriptor = open.get(number);
    if (descriptor !== undefined) closeSync(descriptor);
    open.delete(number);
    listings.delete(number);
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("RENAME", (id, from, to) =>
    attempt(id, () => {
      const [before, after] = [local(from), local(to)];
      const number = store.files.get(before);
      if (number === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      if (store.files.has(after)) throw new Error("it exists");
      store.files.delete(before);
      store.files.set(after, number);
      onFile(basename(after), attributes(after)?.size ?? 0);
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("REMOVE", (id, path) =>
    attempt(id, () => {
      const number = store.files.get(local(path));
      if (number === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      unlinkSync(store.place(number));
      store.files.delete(local(path));
      sftp.status(id, STATUS_CODE.OK);
    }),
  );
  sftp.on("OPENDIR", (id, path) => {
    const folder = local(path);
    if (!store.folders.has(folder)) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    if (listings.size >= handlesAtMost) return sftp.status(id, STATUS_CODE.FAILURE);
    const handle = handleOf();
    listings.set(
      handles,
      [...store.files.keys()].filter((file) => posix.dirname(file) === folder),
    );
    sftp.handle(id, handle);
  });
  sftp.on("READDIR", (id, handle) =>
    attempt(id, () => {
      const names = listings.get(numberOf(handle));
      if (names === undefined || names.length === 0) return sftp.status(id, STATUS_CODE.EOF);
      const entries = names.splice(0, 100).map((path) => {
        const attrs = attributes(path) ?? noAttributes;
        const longname = `-rw------- 1 1 1 ${attrs.size} Jan  1 00:00 ${basename(path)}`;
        return { filename: basename(path), longname, attrs };
      });
      sftp.name(id, entries);
    }),
  );
}

const times = { uid: 1, gid: 1, atime: 0, mtime: 0 };
const noAttributes = { ...times, mode: 0, size: 0 };
