import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connect } from "../../src/backups/sftp/connect.ts";
import type { ConnectionFailure, Stage } from "../../src/backups/sftp/failure.ts";
import { fingerprint, parseHostKey } from "../../src/backups/sftp/host-key.ts";
import { scanHostKeys } from "../../src/backups/sftp/scan-host-keys.ts";
import type { Login, Server } from "../../src/backups/sftp/server.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { freePort } from "../../src/emulation/free-port.ts";
import { anotherHostKey, type Faults, startFaultyServer } from "../support/faulty-sftp-server.ts";
import { processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { type SftpServer, startSftpServer } from "../support/sftp-server.ts";

const test = suite("remote/connect");
const withSshd = needs("sshd", "ssh-keygen");
const never = new AbortController().signal;

function at(server: { readonly port: number; readonly hostKey: string }, hostKey = server.hostKey): Server {
  const key = parseHostKey(hostKey);
  if (key === undefined) throw new Error(`no host key: ${hostKey}`);
  return { host: "127.0.0.1", port: server.port, hostKeys: [key] };
}

async function failureOf(work: Promise<unknown>): Promise<OutsideError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OutsideError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

let sshd: SftpServer;
let login: Login;
let spare: string;
test.before(async () => {
  spare = await mkdtemp(join(tmpdir(), "sensorbake-connect-"));
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(spare, "key")]);
  sshd = await startSftpServer();
  login = { user: sshd.user, with: { kind: "key" as const, privateKey: sshd.privateKey } };
});
test.after(async () => {
  await sshd?.remove();
  await rm(spare, { recursive: true, force: true });
});

withSshd(test, "connects to the pinned server and asks for its space", async () => {
  const remote = await connect(at(sshd), login, never);
  assert.is(fingerprint(remote.hostKey), fingerprint(at(sshd).hostKeys[0] as never));
  const space = await remote.space(sshd.path);
  assert.ok(space !== undefined && space.freeBytes > 0 && space.totalBytes >= space.freeBytes);
  await remote.write(`${sshd.path}/one`, Buffer.from("1"));
  await remote.write(`${sshd.path}/two`, Buffer.from("22"));
  const taken = await failureOf(remote.rename(`${sshd.path}/one`, `${sshd.path}/two`));
  assert.match(taken.message, /^cannot rename .*: the server reported a failure$/);
  assert.is(await remote.replace(`${sshd.path}/one`, `${sshd.path}/two`), true);
  assert.is((await remote.stat(`${sshd.path}/two`))?.size, 1);
  assert.is(await remote.stat(`${sshd.path}/one`), undefined);
  await remote.remove(`${sshd.path}/two`);
  await remote.close();
});

withSshd(test, "the fingerprint is the one that ssh-keygen prints", async () => {
  const { stdout } = await execute("ssh-keygen", ["-l", "-f", `${sshd.privateKeyFile}.pub`]);
  const key = parseHostKey((await execute("cat", [`${sshd.privateKeyFile}.pub`])).stdout);
  assert.is(stdout.split(" ")[1], key && fingerprint(key));
});

withSshd(test, "scans the keys that ssh-keyscan finds, without logging in", async () => {
  const keys = await scanHostKeys({ host: "127.0.0.1", port: sshd.port }, never);
  const { stdout } = await execute("ssh-keyscan", ["-p", String(sshd.port), "127.0.0.1"]);
  const ours = keys.map((key) => `[127.0.0.1]:${sshd.port} ${key.type} ${key.base64}`);
  assert.equal(
    ours,
    stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
  );
});

test("without a pinned key there is no connection", async () => {
  try {
    await connect({ host: "127.0.0.1", port: 1, hostKeys: [] }, login, never);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "a connection needs a pinned host key");
  }
});

withSshd(test, "a server with another key gets nothing, not even a name", async () => {
  const before = sshd.log().length;
  const error = await failureOf(connect(at(sshd, anotherHostKey()), login, never));
  assert.is((error as ConnectionFailure).stage, "host-key");
  assert.match(
    error.message,
    /is not the pinned server: it showed ssh-ed25519 SHA256:\S+, pinned is ssh-ed25519 SHA256:/,
  );
  assert.match(error.hint ?? "", /^nothing was sent/);
  await sleep(100);
  assert.not.match(sshd.log().slice(before), /Accepted|Failed publickey|invalid user/i);
});

withSshd(test, "a server without a key of the pinned type is refused", async () => {
  await execute("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", join(spare, "ecdsa")]);
  const { stdout } = await execute("cat", [join(spare, "ecdsa.pub")]);
  const error = await failureOf(connect(at(sshd, stdout), login, never));
  assert.is((error as ConnectionFailure).stage, "host-key");
  assert.match(error.message, /has no host key of the pinned type \(ecdsa-sha2-nistp256\)/);
});

withSshd(test, "a key that the server does not know is refused", async () => {
  const { stdout } = await execute("cat", [join(spare, "key")]);
  const error = await failureOf(
    connect(at(sshd), { user: sshd.user, with: { kind: "key" as const, privateKey: stdout } }, never),
  );
  assert.is((error as ConnectionFailure).stage, "login");
  assert.match(error.message, /does not let root in|does not let \S+ in/);
});

withSshd(test, "logs in with the keys of an ssh-agent", async () => {
  const socket = join(spare, "agent");
  const { stdout } = await execute("ssh-agent", ["-a", socket]);
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]);
  try {
    await execute("ssh-add", ["-q", sshd.privateKeyFile], { ...process.env, SSH_AUTH_SOCK: socket });
    const remote = await connect(
      at(sshd),
      { user: sshd.user, with: { kind: "agent" as const, agent: socket } },
      never,
    );
    await remote.close();
  } finally {
    process.kill(pid);
  }
});

const keys: readonly (readonly [name: string, key: () => Promise<string>, message: RegExp])[] = [
  [
    "a key with a passphrase",
    async () => {
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", join(spare, "locked")]);
      return (await execute("cat", [join(spare, "locked")])).stdout;
    },
    /protected by a passphrase/,
  ],
  ["text that is no key", async () => "nonsense", /neither in OpenSSH nor in PEM format/],
];
for (const [name, key, message] of keys)
  withSshd(test, `${name} is explained`, async () => {
    const error = await failureOf(
      connect(at(sshd), { user: "root", with: { kind: "key" as const, privateKey: await key() } }, never),
    );
    assert.is((error as ConnectionFailure).stage, "login");
    assert.match(error.message, message);
  });

test("reports a closed port and an unknown name", async () => {
  const { hostKeys } = at({ port: 1, hostKey: anotherHostKey() });
  const closed = await failureOf(
    connect({ host: "127.0.0.1", port: await freePort(), hostKeys }, login, never),
  );
  assert.match(closed.message, /^127\.0\.0\.1:\d+ refuses the connection$/);
  const unknown = await failureOf(
    connect({ host: "no-such-host.invalid", port: 22, hostKeys }, login, never),
  );
  assert.is((unknown as ConnectionFailure).stage, "resolve");
});

const faults: readonly (readonly [name: string, faults: Faults, stage: Stage, message: RegExp])[] = [
  ["a login that is refused", { refuseLogin: true }, "login", /does not let root in/],
  ["a server that hangs at the login", { hangAtLogin: true }, "connect", /does not respond/],
  ["a server without SFTP", { noSftp: true }, "sftp", /offers no SFTP/],
];
for (const [name, fault, stage, message] of faults)
  test(`${name} is reported`, async () => {
    const server = await startFaultyServer(spare, fault);
    const patience = { connectSeconds: 2, operationSeconds: 2, keepaliveSeconds: 10 };
    const error = await failureOf(connect(at(server), { ...login, user: "root" }, never, patience));
    assert.match(error.message, message);
    assert.is((error as ConnectionFailure).stage, stage);
    await server.close();
  });

test("gives up in time on a port that never answers", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const begin = Date.now();
  const error = await failureOf(
    connect(at({ port, hostKey: anotherHostKey() }), login, never, {
      connectSeconds: 1,
      operationSeconds: 1,
      keepaliveSeconds: 10,
    }),
  );
  assert.match(error.message, /does not respond/);
  assert.ok(Date.now() - begin < 4000);
  silent.close();
});

test("ends an unanswered operation in time, and the operations after it", async () => {
  const server = await startFaultyServer(spare, { hangAfterBytes: 0 });
  const remote = await connect(at(server), { ...login, user: "root" }, never, {
    connectSeconds: 5,
    operationSeconds: 1,
    keepaliveSeconds: 10,
  });
  const error = await failureOf(remote.write("/probe", Buffer.from("x")));
  assert.match(error.message, /did not answer within 1 s/);
  await failureOf(remote.list("/"));
  await remote.close();
  await server.close();
});

withSshd(test, "keepalives notice a frozen machine while no request is running", async () => {
  const patience = { connectSeconds: 5, operationSeconds: 60, keepaliveSeconds: 0.3 };
  const remote = await connect(at(sshd), login, never, patience);
  const sessions = processesBelow(sshd.pid());
  for (const pid of sessions) process.kill(pid, "SIGSTOP");
  try {
    const begin = Date.now();
    const error = await failureOf(remote.list(sshd.path));
    assert.match(error.message, /stopped responding$/, error.message);
    assert.ok(Date.now() - begin < 10_000);
  } finally {
    for (const pid of sessions) process.kill(pid, "SIGCONT");
  }
  await remote.close();
});

withSshd(test, "an abort closes the connection", async () => {
  const abort = new AbortController();
  const remote = await connect(at(sshd), login, abort.signal);
  const listing = remote.list(sshd.path);
  abort.abort(new Error("enough"));
  try {
    await listing;
    await remote.list(sshd.path);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "enough");
  }
  await remote.close();
});

test.run();
