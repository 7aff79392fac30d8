import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collect, type Origin } from "../../src/backups/collect.ts";
import { type Check, preflight } from "../../src/backups/preflight.ts";
import { connect } from "../../src/backups/sftp/connect.ts";
import { connectSensor } from "../../src/backups/sftp/connect-sensor.ts";
import { parseHostKey } from "../../src/backups/sftp/host-key.ts";
import { scanHostKeys } from "../../src/backups/sftp/scan-host-keys.ts";
import type { Patience } from "../../src/backups/sftp/server.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import {
  archive,
  assertHarmless,
  type Case,
  cases,
  casesTogether,
  escapes,
  together,
} from "../support/hostile-sftp-cases.ts";
import { type HostileServer, number, text } from "../support/hostile-sftp-server.ts";
import { ed25519Key } from "../support/keys.ts";
import { listFiles } from "../support/list-files.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorSsh } from "../support/sensor-ssh.ts";

const test = suite("hostile/sftp server");
const withSftp = needs("sftp", "ssh", "ssh-keygen", "timeout");

let key: string;
let folder: string;
const path = process.env.PATH;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-hostile-"));
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  key = await readFile(join(folder, "key"), "utf8");
  await sensorSsh(folder, { keyFile: join(folder, "key") });
  process.env.PATH = `${folder}${delimiter}${path}`;
});
test.after(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true, force: true });
});

async function preflightSurvives(each: Case, server: HostileServer): Promise<void> {
  const never = new AbortController().signal;
  const checks: readonly Check[] = await preflight(destination(server), never, patienceFor(each));
  for (const { message, hint = "" } of checks) assertHarmless(message + hint, each.name);
  const failed = checks.filter((check) => check.status === "failed");
  assert.ok(failed.length <= 1, JSON.stringify(failed));
  if (each.isGood !== undefined) assert.equal(failed, []);
  // None of this happens before the login.
  for (const check of failed)
    assert.not.match(check.check, /^(resolve|connect|host key|login)$/, check.message);
}

async function collectSurvives(each: Case, server: HostileServer): Promise<void> {
  const { server: at, login, path } = destination(server);
  await collectionSurvives(each, server, {
    sensor: "attic-pi",
    path,
    connect: (signal, patience) => connect(at, login, signal, patience),
  });
}

async function collectOverSshSurvives(each: Case, server: HostileServer): Promise<void> {
  await appendFile(join(folder, "known_hosts"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
  const to = { user: "x", address: "127.0.0.1", port: server.port };
  await collectionSurvives(each, server, {
    sensor: "attic-pi",
    path: "/",
    connect: (signal, patience) => connectSensor(to, signal, patience),
  });
}

async function collectionSurvives(each: Case, server: HostileServer, origin: Origin): Promise<void> {
  const into = await mkdtemp(join(folder, "into-"));
  const from = await mkdtemp(join(folder, "from-"));
  await putArchive(from, archive, 10_000);
  for (const file of [archive, `${archive}.sha256`])
    server.files.set(`/${file}`, await readFile(join(from, file)));
  const shown: string[] = [];
  const [result] = await collect([origin], {
    into,
    concurrency: 1,
    signal: new AbortController().signal,
    patience: patienceFor(each),
    retryPauseSeconds: 0,
    onProgress: (progress) => shown.push(JSON.stringify(progress)),
  });
  assert.ok(result !== undefined);
  const problems = result.problems.map(({ message, hint = "" }) => message + hint);
  for (const text of [...problems, ...result.incomplete, ...shown]) assertHarmless(text, each.name);
  const names = ["", ".part", ".sha256"].map((suffix) => `attic-pi/${archive}${suffix}`);
  const got = (await listFiles(into)).map((file) => file.slice(into.length + 1));
  assert.equal(
    got.filter((file) => !["manifest.jsonl", ...names].includes(file)),
    [],
  );
  assert.is(got.includes(`attic-pi/${archive}`), result.archives.length === 1);
  if (each.isGood === true) assert.is(result.archives.length, 1, problems.join());
}

function destination(server: HostileServer) {
  const hostKey = parseHostKey(server.hostKey);
  return {
    server: { host: "127.0.0.1", port: server.port, hostKeys: hostKey === undefined ? [] : [hostKey] },
    login: { user: "x", with: { kind: "key" as const, privateKey: key } },
    path: "/",
  };
}

function patienceFor({ isSlow }: Case): Patience {
  return {
    connectSeconds: isSlow ? 3 : 60,
    operationSeconds: isSlow ? 1 : 60,
    keepaliveSeconds: 10,
  };
}

for (const [program, survives] of [
  ["preflight", casesTogether(preflightSurvives)],
  ["collect", casesTogether(collectSurvives)],
  ["collect over SSH", casesTogether(collectOverSshSurvives)],
] as const)
  for (const each of cases) withSftp(test, `${program} survives ${each.name}`, () => survives(each));

const again = (socket: Socket, milliseconds: number, bytes: string) => {
  const timer = setInterval(() => socket.write(bytes), milliseconds);
  socket.on("close", () => clearInterval(timer));
};
const ident = "SSH-2.0-OpenSSH_9.2\r\n";
// An unencrypted packet (RFC 4253, section 6) with four bytes of padding.
const sshPacket = (payload: Buffer) =>
  Buffer.concat([number(payload.length + 5), Buffer.from([4]), payload, Buffer.alloc(4)]);
const beforeLogin: readonly (readonly [name: string, speak: (socket: Socket) => void])[] = [
  ["lines without end", (socket) => again(socket, 1, `${escapes}hello\r\n`.repeat(1000))],
  ["a line without end", (socket) => again(socket, 1, "x".repeat(100_000))],
  ["bytes that drip", (socket) => again(socket, 100, "x")],
  ["a version with escapes", (socket) => void socket.end(`SSH-2.0-${escapes}`)],
  ["another version", (socket) => void socket.end("SSH-1.5-\u001b[31m\r\n")],
  [
    "a farewell with escapes",
    (socket) =>
      void socket.end(
        Buffer.concat([
          Buffer.from(ident),
          sshPacket(Buffer.concat([Buffer.from([1]), number(2), text(`${escapes}bye`), text("")])),
        ]),
      ),
  ],
  [
    "a length of 4 GB",
    (socket) => void socket.write(Buffer.concat([Buffer.from(ident), Buffer.alloc(64, 0xff)])),
  ],
  [
    "a key exchange of noise",
    (socket) =>
      void socket.write(
        Buffer.concat([Buffer.from(ident), sshPacket(Buffer.concat([Buffer.from([20]), randomBytes(200)]))]),
      ),
  ],
];
type Speaker = (typeof beforeLogin)[number];

async function survivesBeforeLogin([name, speak]: Speaker): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on("error", () => {}));
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const never = new AbortController().signal;
  const patience: Patience = { connectSeconds: 3, operationSeconds: 1, keepaliveSeconds: 10 };
  try {
    await scanHostKeys({ host: "127.0.0.1", port }, never, patience.connectSeconds);
    assert.unreachable();
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    assertHarmless(error.message + error.hint, name);
  }
  const honest = destination({ port, hostKey: ed25519Key, files: new Map(), close: async () => {} });
  for (const { check, status, message, hint = "" } of await preflight(honest, never, patience)) {
    assertHarmless(message + hint, name);
    assert.is(status === "ok", check === "resolve", check);
  }
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

const beforeLoginSurvived = together(beforeLogin, beforeLogin.length, survivesBeforeLogin);
for (const speaker of beforeLogin)
  test(`known-host and preflight survive ${speaker[0]} before the login`, () => beforeLoginSurvived(speaker));

test.run();
