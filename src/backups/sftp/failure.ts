import { OutsideError } from "../../diagnostics/outside-error.ts";
import { quoted, visible } from "../../diagnostics/visible.ts";
import { fingerprint, type HostKey } from "./host-key.ts";
import { type Login, type Server, serverName } from "./server.ts";

/** The stage of a connection failure; `preflight` names its check by it. */
export type Stage = "resolve" | "connect" | "host-key" | "login" | "sftp";

/** A failed or lost connection. */
export class ConnectionFailure extends OutsideError {
  readonly stage: Stage;
  constructor(stage: Stage, message: string, hint?: string) {
    super(message, hint);
    this.stage = stage;
  }
}

/** The server refused an operation: a status number of the SFTP protocol. */
export class Refusal extends OutsideError {
  readonly status: number;
  constructor(status: number, doing: string, hint?: string) {
    super(`${doing}: ${statuses[status] ?? `the server refused (status ${status})`}`, hint ?? hints[status]);
    this.status = status;
  }
}

/** Status numbers that callers distinguish. */
export const status = { end: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

const statuses: Readonly<Record<number, string>> = {
  2: "no such file",
  3: "permission denied",
  4: "the server reported a failure",
  8: "the server does not support this",
  11: "a file with this name exists",
  14: "no space left on the server",
  15: "the quota on the server is used up",
};

const hints: Readonly<Record<number, string>> = {
  4: "SFTP gives no reason; often the disk is full or the quota is used up",
};

/** The progress of a connection: the presented host key, and whether the login was accepted. */
export type Reached = { readonly hostKey?: HostKey | undefined; readonly isLoggedIn?: boolean };

/** Returns why a connection failed, from ssh2's error and the progress. */
export function connectionFailure(error: unknown, server: Server, login: Login, reached: Reached): Error {
  if (!(error instanceof Error) || error instanceof OutsideError) return asError(error);
  const name = serverName(server);
  const code = "code" in error ? String(error.code) : "";
  const { message } = error;
  if (reached.isLoggedIn) return withoutSftp(message, `${name} accepts the login of ${login.user}`);
  if (/Host denied/.test(message)) return strangerAt(server, reached.hostKey);
  if (/no matching host key format|no matching .*host key/i.test(message))
    return new ConnectionFailure(
      "host-key",
      `${name} has no host key of the pinned type (${server.hostKeys.map(({ type }) => type).join(", ")})`,
      `what it has is printed by: sensorbake known-host ${name}`,
    );
  if (/authentication methods failed|authentication failed/i.test(message))
    return new ConnectionFailure(
      "login",
      `${name} does not let ${login.user} in`,
      login.with.kind === "key"
        ? `is the public half of the key in ${login.user}'s authorized_keys on the server?`
        : "check that the ssh-agent has the right key (ssh-add -l)",
    );
  if (/Cannot parse privateKey: Encrypted/i.test(message))
    return new ConnectionFailure(
      "login",
      "the private key is protected by a passphrase",
      "add it to an ssh-agent (ssh-add) instead of using --identity; a sensor needs a key without a passphrase",
    );
  if (/Cannot parse privateKey|Unsupported key format/i.test(message))
    return new ConnectionFailure(
      "login",
      "the private key is neither in OpenSSH nor in PEM format",
      "create one with: ssh-keygen -t ed25519 -N '' -f FILE",
    );
  if (/agent/i.test(message))
    return new ConnectionFailure(
      "login",
      `the ssh-agent does not answer: ${plain(message)}`,
      "start one, or use --identity FILE",
    );
  if (/no matching/i.test(message))
    return new ConnectionFailure(
      "connect",
      `${name} and this program have no algorithm in common: ${plain(message)}`,
    );
  const why = reasons.find(([pattern]) => pattern.test(`${code} ${message}`));
  if (why === undefined)
    return new ConnectionFailure("connect", `the connection to ${name} failed: ${plain(message)}`);
  const [, stage, text, hint] = why;
  return new ConnectionFailure(stage, `${name} ${text}`, hint);
}

// Between the login and SFTP's first reply, OpenSSH reports only the program's exit code. `letIn` begins the message.
function withoutSftp(message: string, letIn: string): ConnectionFailure {
  const [, length, exit] = /Packet length (\d+) exceeds|exit code (\d+)/.exec(message) ?? [];
  if (/Unable to start subsystem|open channel|Channel open failure/i.test(message))
    return new ConnectionFailure(
      "sftp",
      `${letIn}, but offers no SFTP`,
      "the server needs `Subsystem sftp internal-sftp` in its sshd_config",
    );
  if (length !== undefined || /Invalid packet length|Unexpected packet/i.test(message)) {
    const beginning = Buffer.alloc(4);
    beginning.writeUInt32BE(Number(length ?? 0) >>> 0);
    const shown = /^[\x20-\x7e\n]+$/.test(beginning.toString("latin1"))
      ? ` (it begins with ${quoted(beginning.toString("latin1"))})`
      : "";
    return new ConnectionFailure(
      "sftp",
      `${letIn}, but the reply is not SFTP${shown}: the login's shell prints text or refuses the login`,
      "the server needs `Subsystem sftp internal-sftp` and, for this login, `ForceCommand internal-sftp`; or make the login's .bashrc silent",
    );
  }
  if (exit !== undefined && exit !== "255")
    return new ConnectionFailure(
      "sftp",
      `${letIn}, but its program for SFTP ends with exit code ${exit}`,
      "check that `Subsystem sftp` or `ForceCommand` in its sshd_config starts an SFTP server; `internal-sftp` always works",
    );
  if (/Timed out/.test(message))
    return new ConnectionFailure("sftp", `${letIn}, but its SFTP does not respond`);
  return new ConnectionFailure(
    "sftp",
    `${letIn}, but closes the connection immediately`,
    "`ChrootDirectory` and every folder above it must belong to root and be writable only by root; the server's log names the folder",
  );
}

const reasons: readonly (readonly [pattern: RegExp, stage: Stage, text: string, hint: string])[] = [
  [
    /ENOTFOUND|EAI_AGAIN|lookup failed/,
    "resolve",
    "has no address",
    "check the name of the server and this machine's name resolution",
  ],
  [
    /ECONNREFUSED/,
    "connect",
    "refuses the connection",
    "check that sshd runs there on this port, and that no firewall blocks it",
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Timed out while waiting/,
    "connect",
    "does not respond",
    "check the address, and that no firewall blocks it",
  ],
  [/[Kk]eepalive/, "connect", "stopped responding", "run the command again; it resumes"],
  [
    /ECONNRESET|EPIPE|ECONNABORTED|No response|Connection lost|end event|close event|socket/,
    "connect",
    "closed the connection",
    "run the command again; it resumes",
  ],
];

function strangerAt(server: Server, presented: HostKey | undefined): ConnectionFailure {
  const shown =
    presented === undefined ? "a key of an unknown type" : `${presented.type} ${fingerprint(presented)}`;
  const pinned = server.hostKeys.map((key) => `${key.type} ${fingerprint(key)}`).join(" or ");
  return new ConnectionFailure(
    "host-key",
    `${serverName(server)} is not the pinned server: it showed ${shown}, pinned is ${pinned}`,
    "nothing was sent. If the server has new keys, confirm them with its owner (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub) and change transfer.host_key",
  );
}

// ssh2-sftp-client prepends its function's name. Parts may come from the server.
function plain(message: string): string {
  return visible(message.replace(/^(?:\w+(?:->|: ))+/, "").slice(0, 200));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
