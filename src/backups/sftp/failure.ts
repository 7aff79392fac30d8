import { OutsideError } from "../../diagnostics/outside-error.ts";
import { fingerprint, type HostKey } from "./host-key.ts";
import { type Login, type Server, serverName } from "./server.ts";

/** What can go wrong on the way to a server; `preflight` names its check by it. */
export type Stage = "resolve" | "connect" | "host-key" | "login" | "sftp";

/** A connection that did not come about, or was lost. */
export class ConnectionFailure extends OutsideError {
  readonly stage: Stage;
  constructor(stage: Stage, message: string, hint?: string) {
    super(message, hint);
    this.stage = stage;
  }
}

/** The server answered an operation with a refusal: a status number of the SFTP protocol. */
export class Refusal extends OutsideError {
  readonly status: number;
  constructor(status: number, doing: string, hint?: string) {
    super(`${doing}: ${statuses[status] ?? `the server refused (status ${status})`}`, hint ?? hints[status]);
    this.status = status;
  }
}

/** Status numbers that callers tell apart. */
export const status = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

const statuses: Readonly<Record<number, string>> = {
  2: "no such file",
  3: "permission denied",
  4: "the server failed",
  8: "the server does not support this",
  11: "a file of this name exists",
  14: "no space left on the server",
  15: "the quota on the server is used up",
};

const hints: Readonly<Record<number, string>> = {
  3: "the user of `transfer` must own the folder `transfer.path` on the server, or be allowed to write there",
  4: "SFTP does not say why; a full disk and a used-up quota end like this",
};

/** Says why connecting failed, from what ssh2 throws; `presented` is the key that the server showed, if it got so far. */
export function connectionFailure(
  error: unknown,
  server: Server,
  login: Login,
  presented: HostKey | undefined,
): Error {
  if (!(error instanceof Error) || error instanceof OutsideError) return asError(error);
  const name = serverName(server);
  const code = "code" in error ? String(error.code) : "";
  const { message } = error;
  if (/Host denied/.test(message)) return strangerAt(server, presented);
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
      "privateKey" in login.with
        ? `is the public half of the key in ${login.user}'s authorized_keys on the server?`
        : "does the ssh-agent hold the right key (ssh-add -l)?",
    );
  if (/Cannot parse privateKey: Encrypted/i.test(message))
    return new ConnectionFailure(
      "login",
      "the private key is protected by a passphrase",
      "give it to an ssh-agent (ssh-add) and leave it out here; a sensor needs a key without passphrase",
    );
  if (/Cannot parse privateKey|Unsupported key format/i.test(message))
    return new ConnectionFailure(
      "login",
      "the private key is no key that OpenSSH or PEM would read",
      "make one with: ssh-keygen -t ed25519 -N '' -f FILE",
    );
  if (/agent/i.test(message))
    return new ConnectionFailure(
      "login",
      `the ssh-agent does not answer: ${message}`,
      "start one, or use --identity FILE",
    );
  if (/subsystem|open channel|Channel open failure/i.test(message))
    return new ConnectionFailure(
      "sftp",
      `${name} lets ${login.user} in, but offers no SFTP`,
      "the server needs `Subsystem sftp internal-sftp` in its sshd_config",
    );
  if (/no matching/i.test(message))
    return new ConnectionFailure(
      "connect",
      `${name} and this program have no algorithm in common: ${message}`,
    );
  const why = reasons.find(([pattern]) => pattern.test(`${code} ${message}`));
  if (why === undefined)
    return new ConnectionFailure("connect", `the connection to ${name} failed: ${plain(message)}`);
  const [, stage, text, hint] = why;
  return new ConnectionFailure(stage, `${name} ${text}`, hint);
}

const reasons: readonly (readonly [pattern: RegExp, stage: Stage, text: string, hint: string])[] = [
  [
    /ENOTFOUND|EAI_AGAIN|lookup failed/,
    "resolve",
    "is not a host that can be found",
    "is `transfer.host` right, and does name resolution work here?",
  ],
  [
    /ECONNREFUSED/,
    "connect",
    "refuses the connection",
    "does sshd run there, on this port, and does a firewall let you through?",
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Timed out while waiting/,
    "connect",
    "does not answer",
    "is the address right, and does a firewall let you through?",
  ],
  [/[Kk]eepalive/, "connect", "stopped answering", "run the command again: it goes on where it was"],
  [
    /ECONNRESET|EPIPE|ECONNABORTED|No response|Connection lost|end event|close event|socket/,
    "connect",
    "closed the connection",
    "run the command again: it goes on where it was",
  ],
];

function strangerAt(server: Server, presented: HostKey | undefined): ConnectionFailure {
  const shown =
    presented === undefined ? "a key of an unknown type" : `${presented.type} ${fingerprint(presented)}`;
  const pinned = server.hostKeys.map((key) => `${key.type} ${fingerprint(key)}`).join(" or ");
  return new ConnectionFailure(
    "host-key",
    `${serverName(server)} is not the pinned server: it showed ${shown}, pinned is ${pinned}`,
    "nothing was sent. If the server got new keys, have its owner read them to you (ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub) and change transfer.host_key",
  );
}

// ssh2-sftp-client puts the name of its own function in front.
function plain(message: string): string {
  return message.replace(/^(?:\w+(?:->|: ))+/, "");
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
