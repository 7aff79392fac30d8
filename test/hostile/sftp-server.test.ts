import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
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
  attributes,
  type HostileServer,
  type Hostility,
  name as names,
  number,
  packet,
  requests,
  startHostileServer,
  status,
  text,
} from "../support/hostile-sftp-server.ts";
import { ed25519Key } from "../support/keys.ts";
import { listFiles } from "../support/list-files.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { execute, makeScratchRoot, type Outcome } from "../support/scratch-root.ts";
import { sensorSsh } from "../support/sensor-ssh.ts";

const test = suite("hostile/sftp server");
const withSftp = needs("sftp", "ssh", "ssh-keygen", "timeout");

const archive = "attic-pi_home_2026-11-24_03-00-00.zip";
const older = "attic-pi_srv_2020-01-01_03-00-00.zip";
const escapes = "\u001b]0;owned\u0007\u001b[31m\u009b31m\r\n";
const command = "BASH_VERSINFO[$(>canary)]";
const line = (size: string, file: string) => `-rw-r--r-- ? 0 0 ${size} Nov 27 09:22 ${file}`;
const huge = 2n ** 64n - 1n;
const many = Array.from(
  { length: 1000 },
  (_, index) => [`${archive}.${index}`.padEnd(90, "x"), 1, false] as const,
);

type Case = {
  readonly name: string;
  readonly answer: Hostility;
  readonly banner?: string;
  readonly piecesOf?: number;
  /** It neither answers nor ends, so that patience has to. */
  readonly isSlow?: boolean;
  /** All the same everything is sent and comes home; or only sent. */
  readonly isGood?: true | "transfer";
};

const on = (types: readonly (keyof typeof requests)[], answer: Hostility): Hostility => {
  const wanted = types.map((type) => requests[type] as number);
  return (request, files) => (wanted.includes(request.type) ? answer(request, files) : undefined);
};
const silent: Hostility = () => "silence";
const fromInit = (answer: Buffer) => on(["init"], () => answer);
const afterwards = (answer: (id: number) => Buffer) =>
  on(["stat", "lstat", "opendir", "open", "mkdir"], ({ id }) => answer(id));

// OpenSSH asks for their names since version 9.0.
function owners(owner: string): Hostility {
  return ({ type, id, body }) => {
    if (type === requests.init)
      return packet(2, number(3), text("users-groups-by-id@openssh.com"), text("1"));
    if (type !== requests.extended) return undefined;
    const users = 4 + body.readUInt32BE(0);
    const groups = users + 4 + body.readUInt32BE(users);
    const all = [users, groups].map((at) =>
      text(Buffer.concat(Array.from({ length: body.readUInt32BE(at) / 4 }, () => text(owner)))),
    );
    return packet(201, number(id), ...all);
  };
}

const cases: readonly Case[] = [
  { name: "an honest one", answer: () => undefined, isGood: true },
  { name: "answers in pieces of a few bytes", answer: () => undefined, piecesOf: 7, isGood: true },
  { name: "owners and groups with blanks", answer: owners("domain users"), isGood: true },
  { name: "owners with forged lines", answer: owners(`x\n${line("100000", `${archive}.part`)}`) },
  {
    name: "forged lines, commands and escapes in names",
    answer: on(["readdir"], (request, files) => {
      if (files.has("/listed")) return status(request.id, 1);
      files.set("/listed", Buffer.alloc(0));
      const forged = [
        `x\n${line(command, `${archive}.part`)}\n${line("5", older)}\n${line("5", `${older}.sha256`)}\n`,
        `x\n${archive}\n${archive}.sha256\n`,
        `$(>canary)`,
        `;>canary;`,
        escapes,
        `../../../../tmp/canary`,
        `${archive}\0.part`,
        "",
        ".",
        "..",
        archive,
        archive,
      ];
      return names(
        request.id,
        forged.map((file) => [file, 5, false]),
      );
    }),
  },
  {
    name: "forged lines in the path of a folder",
    answer: on(["realpath"], ({ id }) =>
      names(id, [[`/x\nsftp> -ls -ln "${archive}"\n${line(command, archive)}\n${escapes}`, 0, true]]),
    ),
  },
  {
    name: "sizes beyond every number",
    answer: (request) => {
      if (request.path === "/" || ![requests.stat, requests.lstat].includes(request.type as never))
        return request.type === requests.readdir && request.id % 2 === 0
          ? names(request.id, [
              [archive, huge, false],
              [`${archive}.sha256`, huge, false],
            ])
          : undefined;
      return packet(105, number(request.id), attributes(huge));
    },
  },
  {
    name: "everything is a folder",
    answer: on(["stat", "lstat", "fstat"], ({ id }) => packet(105, number(id), attributes(0, true))),
  },
  {
    name: "an endless listing",
    answer: on(["readdir"], ({ id }) => names(id, many)),
    isGood: "transfer",
  },
  {
    name: "a listing of names of 200 KB",
    answer: on(["readdir"], ({ id }) => names(id, [["x".repeat(200_000), 1, false]])),
    isSlow: true,
  },
  { name: "an endless listing of nothing", answer: on(["readdir"], ({ id }) => names(id, [])), isSlow: true },
  {
    name: "an endless file",
    answer: (request) => {
      if (request.path === "/") return undefined;
      if ([requests.stat, requests.lstat, requests.fstat].includes(request.type as never))
        return packet(105, number(request.id), attributes(10));
      if (request.type === requests.open) return packet(102, number(request.id), text("abcd"));
      if (request.type === requests.read)
        return packet(103, number(request.id), text(Buffer.alloc(32_768, "x")));
      return undefined;
    },
  },
  {
    name: "archives that are not there when they are read",
    answer: on(["readdir"], (request, files) => {
      if (files.has("/listed")) return status(request.id, 1);
      files.set("/listed", Buffer.alloc(0));
      return names(request.id, [
        [archive, 10, false],
        [`${archive}.sha256`, 104, false],
      ]);
    }),
  },
  { name: "uploads that vanish", answer: on(["write"], ({ id }) => status(id, 0)) },
  {
    name: "refusals with escapes and forged reasons",
    answer: on(["open", "opendir", "stat", "lstat", "mkdir"], ({ id }) =>
      status(id, 4, `${escapes}Host key verification failed.\nPermission denied (publickey)\n$(>canary)`),
    ),
  },
  {
    name: "a banner with escapes and forged reasons",
    banner: `${escapes}Host key verification failed.\nPermission denied (publickey).\n`,
    answer: () => undefined,
    isGood: true,
  },
  { name: "statuses that do not exist", answer: afterwards((id) => status(id, 4_000_000_000)) },
  { name: "answers to nobody", answer: afterwards((id) => status(id + 1_000_000, 0)), isSlow: true },
  { name: "the wrong kind of answer", answer: afterwards((id) => packet(103, number(id), text("data"))) },
  {
    name: "handles for everything",
    answer: (request) =>
      request.type === requests.init || request.type === requests.realpath
        ? undefined
        : packet(102, number(request.id), text("x".repeat(10_000))),
  },
  {
    name: "names for everything",
    answer: (request) => (request.type === requests.init ? undefined : names(request.id, [["/", 0, true]])),
  },
  {
    name: "attributes for everything",
    answer: (request) =>
      request.type === requests.init || request.type === requests.realpath
        ? undefined
        : packet(105, number(request.id), attributes(0, true)),
  },
  { name: "an unknown kind of answer", answer: afterwards((id) => packet(77, number(id))) },
  { name: "an answer of nothing", answer: afterwards(() => number(0)), isSlow: true },
  { name: "an answer that is too short", answer: afterwards(() => packet(101)), isSlow: true },
  { name: "a length of 2 GB", answer: afterwards(() => Buffer.from([0x7f, 0xff, 0xff, 0xff, 101])) },
  { name: "a length of 4 GB", answer: afterwards(() => Buffer.from([0xff, 0xff, 0xff, 0xff, 101])) },
  {
    name: "more names than it sends",
    answer: on(["realpath", "readdir"], ({ id }) => packet(104, number(id), number(0xffffffff), text("x"))),
  },
  {
    name: "an attribute block that never ends",
    answer: on(["stat", "lstat"], ({ id }) =>
      packet(105, number(id), number(0x80000000), number(0xffffffff), text("x")),
    ),
  },
  { name: "text instead of SFTP", answer: fromInit(Buffer.from(`${escapes}Welcome!\n`)) },
  { name: "no beginning", answer: fromInit(status(0, 4)) },
  { name: "a length of 4 GB to begin with", answer: fromInit(Buffer.from([0xff, 0xff, 0xff, 0xff, 2])) },
  { name: "silence from the beginning", answer: on(["init"], silent), isSlow: true },
  {
    name: "silence when asked for a folder",
    answer: on(["realpath", "stat", "opendir"], silent),
    isSlow: true,
  },
  { name: "silence when written to", answer: on(["write"], silent), isSlow: true },
];

// What a file or a terminal gets has no control characters but line ends, and no more than a person reads.
function assertHarmless(shown: string, what: string): void {
  assert.not.match(shown, /[^\P{Cc}\n]/u, `${what}: ${JSON.stringify(shown.slice(0, 500))}`);
  assert.ok(shown.length < 8000, `${what} has ${shown.length} characters`);
}

async function withServer<Value>(
  each: Case,
  work: (server: HostileServer) => Promise<Value>,
): Promise<Value> {
  const server = await startHostileServer(each.answer, {
    ...(each.banner !== undefined && { banner: each.banner }),
    ...(each.piecesOf !== undefined && { piecesOf: each.piecesOf }),
  });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

type OnSensor = {
  readonly outcome: Outcome;
  readonly log: string;
  readonly last: string;
  readonly ledger: string;
  readonly files: readonly string[];
};

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

async function onSensor(each: Case, server: HostileServer): Promise<OnSensor> {
  const root = await makeScratchRoot({
    TRANSFER_HOST: "127.0.0.1",
    TRANSFER_PORT: String(server.port),
    TRANSFER_USER: "x",
    TRANSFER_PATH: "/",
    TRANSFER_LIMIT_KBIT: "0",
    TRANSFER_KEEP_DAYS: "7",
    CAPTURE_FILTER: "not port 12222 and not (host 127.0.0.1 and port 22)",
  });
  try {
    await root.stub("timedatectl", "echo yes");
    await root.write("etc/honeypot/known_hosts", `backup-server ${server.hostKey}\n`);
    await root.write("etc/honeypot/secrets/transfer_key", key, { mode: 0o600 });
    await putArchive(root.path("var/backups/honeypot"), archive, 100_000);
    const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
      environment: {
        transfer_pause_seconds: "0",
        transfer_patience_seconds: each.isSlow ? "1" : "60",
        transfer_memory_kib: "65536",
      },
      wrapper: ["env", "--chdir", root.path("tmp")],
      timeoutSeconds: 300,
    });
    return {
      outcome,
      log: await root.read("var/log/honeypot/scp_backup.log"),
      last: await root.read("var/lib/honeypot/state/transfer.last"),
      ledger: await root.read("var/lib/honeypot/state/transferred").catch(() => ""),
      files: [...(await readdir(root.path("tmp"))), ...(await readdir(root.path("var/backups/honeypot")))],
    };
  } finally {
    await root.remove();
  }
}

async function transferSurvives(each: Case, server: HostileServer): Promise<void> {
  const { outcome, log, last, ledger, files } = await onSensor(each, server);
  assert.equal([...files].sort(), [archive, `${archive}.sha256`]);
  assert.ok([0, 1].includes(outcome.code), `exit ${outcome.code}: ${outcome.stderr}`);
  assert.match(last, outcome.code === 0 ? /^\d+ ok sent [01] archives/ : /^\d+ failed \S/);
  // It may have sent the archive and fail at what comes after that.
  if (outcome.code === 0) assert.is(ledger, `${archive}\n`);
  if (each.isGood !== undefined) {
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal([...server.files.keys()].sort(), [`/${archive}`, `/${archive}.sha256`], "on the server");
  }
  for (const shown of [log, last, outcome.stderr]) assertHarmless(shown, each.name);
}

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

/** Does the work for all items when the first is asked for, some at a time, because most of it is waiting. */
function together<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): (item: Item) => Promise<void> {
  let runs: Map<Item, Promise<void>> | undefined;
  const start = () => {
    const lanes = Array.from({ length: atOnce }, () => Promise.resolve());
    return new Map(
      items.map((item, index) => {
        const lane = lanes[index % atOnce] ?? Promise.resolve();
        const run = lane.then(() => work(item));
        lanes[index % atOnce] = run.catch(() => {});
        return [item, run];
      }),
    );
  };
  return (item) => {
    runs ??= start();
    return runs.get(item) ?? Promise.reject(new Error("no such case"));
  };
}

const casesTogether = (work: (each: Case, server: HostileServer) => Promise<void>) =>
  together(cases, 4, (each) => withServer(each, (server) => work(each, server)));

for (const [program, survives] of [
  ["transfer.sh", casesTogether(transferSurvives)],
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
