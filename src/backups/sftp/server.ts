import type { HostKey } from "./host-key.ts";

/** A server and the keys it may present; without one there is no connection. */
export type Server = { readonly host: string; readonly port: number; readonly hostKeys: readonly HostKey[] };

/** Who logs in, with a private key (text of an OpenSSH key file) or with what an ssh-agent holds (its socket). */
export type Login = {
  readonly user: string;
  readonly with: { readonly privateKey: string } | { readonly agent: string };
};

/** How long a server may be silent, in seconds: at the whole of connecting, at each operation, between two signs of life. */
export type Patience = {
  readonly connectSeconds: number;
  readonly operationSeconds: number;
  /** It is asked so often; after three questions without an answer the connection counts as lost. */
  readonly keepaliveSeconds: number;
};

export const patience: Patience = { connectSeconds: 30, operationSeconds: 60, keepaliveSeconds: 10 };

/** `backups.example.org:2222`, and IPv6 addresses in brackets. */
export function serverName({ host, port }: Pick<Server, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
