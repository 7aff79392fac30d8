import type { HostKey } from "./host-key.ts";

/** A server and the keys it may present; without one there is no connection. */
export type Server = { readonly host: string; readonly port: number; readonly hostKeys: readonly HostKey[] };

/** Who logs in, with a private key (text of an OpenSSH key file) or with what an ssh-agent holds (its socket). */
export type Login = {
  readonly user: string;
  readonly with: { readonly privateKey: string } | { readonly agent: string };
};

/** How long a server may be silent, in seconds: at the whole of connecting, and at each operation. */
export type Patience = { readonly connectSeconds: number; readonly operationSeconds: number };

export const patience: Patience = { connectSeconds: 30, operationSeconds: 60 };

/** `backups.example.org:2222`, and IPv6 addresses in brackets. */
export function serverName({ host, port }: Pick<Server, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
