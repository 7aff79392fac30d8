// The used parts of ssh2-sftp-client 12 and its ssh2 1.17; @types lags three major versions.
declare module "ssh2-sftp-client" {
  import type { Socket } from "node:net";

  export type Callback<T> = (error: SftpError | null | undefined, value: T) => void;

  /** `code` is a status number of the SFTP protocol, or missing if the connection is lost. */
  export type SftpError = Error & { readonly code?: number | string };

  export type Attributes = {
    readonly size: number;
    readonly mode: number;
    isFile(): boolean;
    isDirectory(): boolean;
  };

  export type Wrapper = {
    open(path: string, flags: string, done: Callback<Buffer>): void;
    close(handle: Buffer, done: Callback<undefined>): void;
    read(
      handle: Buffer,
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      done: Callback<number>,
    ): void;
    write(
      handle: Buffer,
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      done: Callback<number | undefined>,
    ): void;
    stat(path: string, done: Callback<Attributes>): void;
    lstat(path: string, done: Callback<Attributes>): void;
    opendir(path: string, done: Callback<Buffer>): void;
    /** The next entries of an open folder; status 1 at its end. */
    readdir(handle: Buffer, done: Callback<readonly { filename?: string; attrs: Attributes }[]>): void;
    mkdir(path: string, done: Callback<undefined>): void;
    rename(from: string, to: string, done: Callback<undefined>): void;
    unlink(path: string, done: Callback<undefined>): void;
    /** Data from the server, `null` at its end; undocumented, like the next one. */
    push(data: Buffer | null): void;
    readonly _requests: Record<
      number,
      { readonly buffer?: Buffer; cb(error: undefined, data: Buffer | undefined, count: number): void }
    >;
    /** Throws immediately if the server does not support it. */
    ext_openssh_rename(from: string, to: string, done: Callback<undefined>): void;
    /** Throws immediately if the server does not support it. */
    ext_openssh_statvfs(
      path: string,
      done: Callback<{ f_frsize: number; f_blocks: number; f_bavail: number }>,
    ): void;
  };

  export type Config = {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly privateKey?: string;
    readonly agent?: string;
    readonly sock?: Socket;
    readonly readyTimeout: number;
    readonly keepaliveInterval: number;
    readonly keepaliveCountMax: number;
    readonly hostVerifier: (key: Buffer) => boolean;
    readonly algorithms: { readonly serverHostKey: readonly string[] };
  };

  export type Listeners = {
    readonly error: (error: Error) => void;
    readonly end: () => void;
    readonly close: () => void;
  };

  export default class SftpClient {
    constructor(name: string, listeners: Listeners);
    connect(config: Config): Promise<Wrapper>;
    end(): Promise<boolean>;
    readonly client: {
      destroy(): void;
      on(event: "error" | "close" | "ready", listener: (error?: Error) => void): void;
    };
  }
}

// ssh2's client of the SFTP protocol, without a connection of ssh2. It uses only these parts of one.
declare module "ssh2/lib/protocol/SFTP.js" {
  import type { Wrapper } from "ssh2-sftp-client";

  export type Connection = {
    readonly _protocol: {
      /** Decides the size of requests. */
      readonly _remoteIdentRaw: string;
      channelData(channel: number, data: Buffer): void;
      channelClose(channel: number): void;
    };
  };

  export type Channel = {
    readonly type: string;
    readonly incoming: object;
    readonly outgoing: {
      readonly id: number;
      readonly state: string;
      readonly window: number;
      readonly packetSize: number;
    };
  };

  export const SFTP: new (
    connection: Connection,
    channel: Channel,
    config: object,
  ) => Wrapper & {
    /** Sends the first message. */
    _init(): void;
    on(event: "ready", listener: () => void): void;
    on(event: "error", listener: (error: Error) => void): void;
  };
}
