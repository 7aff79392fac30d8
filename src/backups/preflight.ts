import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { connect } from "./sftp/connect.ts";
import { ConnectionFailure, Refusal, status } from "./sftp/failure.ts";
import { fingerprint, type HostKey, hostKeyText } from "./sftp/host-key.ts";
import type { Remote } from "./sftp/remote.ts";
import { scanHostKeys } from "./sftp/scan-host-keys.ts";
import { type Login, type Patience, type Server, patience as usualPatience } from "./sftp/server.ts";

/** The checks in order. After a failed one the rest is skipped, because each check needs the one before. */
export const checkNames = [
  "resolve",
  "connect",
  "host key",
  "login",
  "sftp",
  "path",
  "space",
  "write",
  "read",
  "rename",
  "delete",
] as const;

export type CheckName = (typeof checkNames)[number];

/** `unknown`: cannot be tested from here. `warning`: works, with the limitation in the message. */
export type Check = {
  readonly check: CheckName;
  readonly status: "ok" | "failed" | "unknown" | "warning" | "skipped";
  readonly message: string;
  readonly hint?: string;
};

/** The server as the sensors will use it; `login` is missing if only the sensors have the key. */
export type Destination = {
  readonly server: Server;
  readonly login: Login | undefined;
  readonly path: string;
};

/**
 * Performs the steps of a sensor's transfer with a probe of a few bytes, which is deleted again, and reports each step.
 * Creates a missing folder, as the sensor does. Without a pinned key it only shows the server's host keys.
 */
export async function preflight(
  destination: Destination,
  signal: AbortSignal,
  patience: Patience = usualPatience,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const ok = (check: CheckName, message: string) => checks.push({ check, status: "ok", message });
  try {
    const { address } = await resolve(destination.server.host);
    ok("resolve", address);
    await checkServer(destination, signal, patience, (check, message, status = "ok") =>
      checks.push({ check, status, message }),
    );
  } catch (error) {
    if (signal.aborted || !(error instanceof OutsideError)) throw error;
    const check =
      error instanceof Stopped || error instanceof ConnectionFailure ? nameOf(error.stage) : "connect";
    // Earlier checks must have passed, even if none was reported.
    for (const before of checkNames.slice(0, checkNames.indexOf(check)))
      if (!checks.some((known) => known.check === before)) ok(before, "fine");
    const isUnknown = error instanceof Stopped && error.isUnknown;
    checks.push({
      check,
      status: isUnknown ? "unknown" : "failed",
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
  const known = new Set(checks.map(({ check }) => check));
  for (const check of checkNames)
    if (!known.has(check)) checks.push({ check, status: "skipped", message: "not tested" });
  return checks;
}

// A failure that makes further steps impossible.
class Stopped extends OutsideError {
  readonly stage: CheckName;
  readonly isUnknown: boolean;
  constructor(stage: CheckName, message: string, hint?: string, isUnknown = false) {
    super(message, hint);
    this.stage = stage;
    this.isUnknown = isUnknown;
  }
}

function nameOf(stage: CheckName | ConnectionFailure["stage"]): CheckName {
  return stage === "host-key" ? "host key" : stage;
}

function resolve(host: string) {
  return lookup(host).catch(() => {
    throw new Stopped(
      "resolve",
      `${host} has no address`,
      "check `transfer.host` and this machine's name resolution",
    );
  });
}

type Tell = (check: CheckName, message: string, status?: Check["status"]) => void;

async function checkServer(
  { server, login, path }: Destination,
  signal: AbortSignal,
  patience: Patience,
  ok: Tell,
): Promise<void> {
  if (server.hostKeys.length === 0 || login === undefined) {
    const keys = await scanHostKeys(server, signal, patience.connectSeconds);
    ok("connect", `sshd responds on port ${server.port}`);
    if (server.hostKeys.length === 0) throw notPinned(keys);
    const pinned = keys.find((key) => server.hostKeys.some(({ base64 }) => base64 === key.base64));
    if (pinned === undefined)
      throw new Stopped(
        "host key",
        `the server has other keys than the pinned one: ${keys.map(described).join(", ")}`,
        "if the server has new keys, confirm them with its owner and change transfer.host_key",
      );
    ok("host key", `${described(pinned)} is the pinned one`);
    throw new Stopped(
      "login",
      "the login key exists only on the sensor (generate_key)",
      "test with your own key that the server accepts: --identity FILE",
      true,
    );
  }
  const remote = await connect(server, login, signal, patience);
  try {
    ok("connect", `sshd responds on port ${server.port}`);
    ok("host key", `${described(remote.hostKey)} is the pinned one`);
    ok("login", `${login.user} is let in`);
    ok("sftp", "the server offers SFTP");
    await checkFolder(remote, path, ok);
  } finally {
    await remote.close();
  }
}

function notPinned(keys: readonly HostKey[]): Stopped {
  const [best] = keys;
  if (best === undefined) throw new Error("a scan without a key did not fail");
  return new Stopped(
    "host key",
    `none is pinned. The server shows ${keys.map(described).join(", ")}. To pin the first, write host_key: ${hostKeyText(best)}`,
    "first compare with the server's owner: `for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -l -f $key; done` on the server itself, not through this network",
  );
}

function described(key: HostKey): string {
  return `${key.type} ${fingerprint(key)}`;
}

async function checkFolder(remote: Remote, path: string, ok: Tell): Promise<void> {
  ok("path", await at("path", () => findFolder(remote, path)));
  const space = await at("space", () =>
    remote.space(path).catch((error) => {
      isRefusal(error);
      return undefined;
    }),
  );
  ok(
    "space",
    space === undefined
      ? "the server does not report it"
      : `${gigabytes(space.freeBytes)} free of ${gigabytes(space.totalBytes)}`,
  );

  const probe = `${path === "/" ? "" : path}/.sensorbake-probe-${randomBytes(6).toString("hex")}`;
  const content = Buffer.from(`sensorbake preflight ${probe}\n`);
  const names = [`${probe}.part`, probe];
  try {
    await at("write", () => remote.write(`${probe}.part`, content));
    ok("write", `${content.length} bytes`);
    await at("read", async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of remote.read(`${probe}.part`, 0, content.length)) chunks.push(chunk);
      if (!Buffer.concat(chunks).equals(content))
        throw new OutsideError("the bytes read differ from those written");
    });
    ok("read", "the bytes match");
    await at("rename", () => remote.rename(`${probe}.part`, probe));
    ok("rename", "a finished upload can be renamed");
    const isGone = await at("delete", () => remote.remove(probe).then(() => true, isRefusal));
    if (isGone) ok("delete", "the probe was deleted");
    else
      ok(
        "delete",
        `the server refuses deletion: ${probe} stays there, and transfer.keep_days has no effect`,
        "warning",
      );
  } catch (error) {
    for (const name of names) await remote.remove(name).catch(() => {});
    throw error;
  }
}

async function findFolder(remote: Remote, path: string): Promise<string> {
  const found = await remote.stat(path);
  if (found !== undefined) {
    if (!found.isDirectory()) throw new OutsideError(`${path} is not a folder`);
    return path;
  }
  await remote.makeFolder(path).catch((error) => {
    if (!(error instanceof Refusal) || error.status === status.permissionDenied) throw error;
    throw new OutsideError(
      `there is no folder ${path}, nor one to make it in`,
      "create its parent on the server; the path may begin below a chroot",
    );
  });
  return `${path}, made now`;
}

// The failure of a step, with the step's name, also if the server stops responding.
async function at<Value>(check: CheckName, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    throw new Stopped(check, error.message, error.hint);
  }
}

// A refusal that a sensor's transfer tolerates.
function isRefusal(error: unknown): false {
  if (error instanceof Refusal) return false;
  throw error;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
