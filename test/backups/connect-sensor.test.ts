import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collect, type Origin } from "../../src/backups/collect.ts";
import { connectSensor } from "../../src/backups/sftp/connect-sensor.ts";
import { ConnectionFailure, type Stage } from "../../src/backups/sftp/failure.ts";
import { freePort } from "../../src/emulation/free-port.ts";
import { anotherHostKey } from "../support/faulty-sftp-server.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorSsh } from "../support/sensor-ssh.ts";
import { type SftpServer, startSftpServer } from "../support/sftp-server.ts";

const test = suite("backups/connect-sensor");
const withSensor = needs("root", "sshd", "ssh", "ssh-keygen", "sudo");

let folder: string;
const path = process.env.PATH;
test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-sensor-"));
  process.env.PATH = `${folder}${delimiter}${path}`;
});
test.after.each(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

type Wrong = { readonly hostKey?: string; readonly keyFile?: string; readonly port?: number };

async function failureAt(server: SftpServer, wrong: Wrong = {}): Promise<ConnectionFailure> {
  const { port = server.port, hostKey = server.hostKey, keyFile = server.privateKeyFile } = wrong;
  await writeFile(join(folder, "known_hosts"), hostKey === "" ? "" : `[127.0.0.1]:${port} ${hostKey}\n`);
  await sensorSsh(folder, { keyFile });
  const patience = { connectSeconds: 15, operationSeconds: 5, keepaliveSeconds: 10 };
  const to = { user: server.user, address: "127.0.0.1", port };
  const failure = await connectSensor(to, new AbortController().signal, patience).then(
    () => assert.unreachable("it must fail"),
    (error: unknown) => error,
  );
  assert.instance(failure, ConnectionFailure);
  return failure as ConnectionFailure;
}

const wrongs: readonly (readonly [
  name: string,
  wrong: () => Promise<Wrong>,
  stage: Stage,
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    "an unknown host key",
    async () => ({ hostKey: "" }),
    "host-key",
    /does not know the machine's host key/,
    /accept it once/,
  ],
  [
    "another host key",
    async () => ({ hostKey: anotherHostKey() }),
    "host-key",
    /differs from the one in known_hosts/,
    /ssh-keygen -R/,
  ],
  [
    "a key that the sensor does not accept",
    async () => {
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "other")]);
      return { keyFile: join(folder, "other") };
    },
    "login",
    /Permission denied/,
    /ssh-agent: ssh -o BatchMode=yes -p \d+ root@127\.0\.0\.1$/,
  ],
  [
    "a closed port",
    async () => ({ port: await freePort() }),
    "connect",
    /Connection refused/,
    /^try it by hand: ssh -p/,
  ],
];
for (const [name, wrong, stage, message, hint] of wrongs)
  withSensor(test, `names ${name}`, async () => {
    const server = await startSftpServer({ isPlain: true });
    try {
      const failure = await failureAt(server, await wrong());
      assert.is(failure.stage, stage, failure.message);
      assert.match(failure.message, message);
      assert.match(failure.hint ?? "", hint);
    } finally {
      await server.remove();
    }
  });

const answers: readonly (readonly [name: string, command: string, stage: Stage, message: RegExp])[] = [
  [
    "a sudo that asks for a password",
    "echo 'sudo: a password is required' >&2; exit 1",
    "sftp",
    /accepts the login of root, but starts no SFTP server: sudo: a password is required$/,
  ],
  ["a shell that prints text", "echo Welcome; sleep 60", "sftp", /is not SFTP: Packet length \d+ exceeds/],
  [
    "escape sequences on standard error",
    "printf '\\033[31mred\\n' >&2; exit 3",
    "sftp",
    /: \\u\{1b\}\[31mred$/,
  ],
  ["silence", "sleep 60", "connect", /did not respond within 15 s$/],
  ["an end without a word", "exit 0", "sftp", /ssh ended with exit code 0$/],
];
for (const [name, command, stage, message] of answers)
  withSensor(test, `names ${name}`, async () => {
    const server = await startSftpServer({ isPlain: true, configuration: `ForceCommand ${command}` });
    try {
      const failure = await failureAt(server);
      assert.is(failure.stage, stage, failure.message);
      assert.match(failure.message, message);
    } finally {
      await server.remove();
    }
  });

withSensor(test, "reads files that only root may read, and changes nothing", async () => {
  const server = await startSftpServer({ isPlain: true });
  try {
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    await sensorSsh(folder, { keyFile: server.privateKeyFile });
    const to = { user: server.user, address: "127.0.0.1", port: server.port };
    const remote = await connectSensor(to, new AbortController().signal);
    await writeFile(join(server.folder, "one"), "content", { mode: 0o600 });
    assert.is((await remote.stat(join(server.folder, "one")))?.size, 7);
    const refused = await remote.remove(join(server.folder, "one")).then(
      () => undefined,
      (error: Error) => error.message,
    );
    assert.match(refused ?? "", /permission denied$/);
    await remote.close();
  } finally {
    await server.remove();
  }
});

withSensor(
  test,
  "collects from 26 of 30 sensors when the others are dead, silent or have a new key",
  async () => {
    const server = await startSftpServer({ isPlain: true });
    const reinstalled = await startSftpServer({ isPlain: true });
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const changed = `[127.0.0.1]:${reinstalled.port} ${anotherHostKey()}\n`;
      await writeFile(
        join(folder, "known_hosts"),
        `[127.0.0.1]:${server.port} ${server.hostKey}\n${changed}`,
      );
      await sensorSsh(folder, { keyFile: server.privateKeyFile });
      const silentPort = (silent.address() as AddressInfo).port;
      const others = [reinstalled.port, await freePort(), await freePort(), silentPort];
      const ports = [...others, ...Array.from({ length: 26 }, () => server.port)];
      const origins = ports.map((port, index): Origin => {
        const to = { user: server.user, address: "127.0.0.1", port };
        const connectSeconds = port === silentPort ? 3 : 30;
        const patience = { connectSeconds, operationSeconds: 60, keepaliveSeconds: 10 };
        const connect: Origin["connect"] = (signal) => connectSensor(to, signal, patience);
        return { sensor: `sensor-${index}`, path: server.folder, connect };
      });
      for (const { sensor } of origins)
        await putArchive(server.folder, `${sensor}_logs_2026-11-24_03-00-00.zip`, 1000);
      const collected = await collect(origins, {
        into: join(folder, "into"),
        concurrency: 4,
        signal: new AbortController().signal,
        retryPauseSeconds: 0,
        onProgress: () => {},
      });
      const messages = collected.map(({ problems }) => problems.map(({ message }) => message).join());
      assert.match(messages[0] ?? "", /host key differs/);
      assert.match(messages[1] ?? "", /Connection refused/);
      assert.match(messages[2] ?? "", /Connection refused/);
      assert.match(messages[3] ?? "", /did not respond within 3 s$|Connection timed out/);
      assert.equal(
        collected.slice(4).map(({ archives, problems }) => [archives.length, problems]),
        Array.from({ length: 26 }, () => [1, []]),
      );
    } finally {
      silent.close();
      await server.remove();
      await reinstalled.remove();
    }
  },
);

// A version of SFTP, then data that was not asked for, without end.
const flood = `import struct, sys
def packet(kind, body):
    return struct.pack(">IB", len(body) + 1, kind) + body
sys.stdout.buffer.write(packet(2, struct.pack(">I", 3)))
while True:
    sys.stdout.buffer.write(packet(103, struct.pack(">II", 999999, 30000) + b"x" * 30000))
`;

needs(
  "root",
  "sshd",
  "ssh",
  "ssh-keygen",
  "python3",
)(test, "ends a listing during a flood of data that nothing asked for, and keeps none of it", async () => {
  await writeFile(join(folder, "flood.py"), flood);
  const server = await startSftpServer({
    isPlain: true,
    configuration: `ForceCommand exec python3 ${join(folder, "flood.py")}`,
  });
  try {
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    await sensorSsh(folder, { keyFile: server.privateKeyFile });
    const to = { user: server.user, address: "127.0.0.1", port: server.port };
    const patience = { connectSeconds: 15, operationSeconds: 0.3, keepaliveSeconds: 10 };
    const remote = await connectSensor(to, new AbortController().signal, patience);
    const before = process.memoryUsage().rss;
    const failure = await remote.list("/").then(
      () => undefined,
      (error: Error) => error.message,
    );
    assert.match(failure ?? "", /did not answer within 0\.3 s \(list \/\)$/);
    assert.ok(process.memoryUsage().rss - before < 200e6);
    await remote.close();
  } finally {
    await server.remove();
  }
});

test.run();
