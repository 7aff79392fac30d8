import type { HostKey } from "./host-key.ts";

/** A server and its pinned host keys; connecting needs at least one. */
export type Server = { readonly host: string; readonly port: number; readonly hostKeys: readonly HostKey[] };

/** A login with a private key (text of an OpenSSH key file) or with an ssh-agent (its socket). */
export type Login = {
  readonly user: string;
  readonly with:
    | { readonly kind: "key"; readonly privateKey: string }
    | { readonly kind: "agent"; readonly agent: string };
};

/** Time limits in seconds: for connecting, for each operation, and between two signs of life. */
export type Patience = {
  readonly connectSeconds: number;
  readonly operationSeconds: number;
  /** The interval of keepalives; after three without a reply the connection counts as lost. */
  readonly keepaliveSeconds: number;
};

export const patience: Patience = { connectSeconds: 30, operationSeconds: 60, keepaliveSeconds: 10 };

/** `backups.example.org:2222`, and IPv6 addresses in brackets. */
export function serverName({ host, port }: Pick<Server, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
