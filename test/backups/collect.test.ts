import { mkdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type Collected,
  type CollectOptions,
  collect,
  type Origin,
  type Progress,
} from "../../src/backups/collect.ts";
import { connect } from "../../src/backups/sftp/connect.ts";
import { connectSensor } from "../../src/backups/sftp/connect-sensor.ts";
import { parseHostKey } from "../../src/backups/sftp/host-key.ts";
import { type Faults, startFaultyServer } from "../support/faulty-sftp-server.ts";
import { needs } from "../support/needs.ts";
import { putArchive, sha256 } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorSsh } from "../support/sensor-ssh.ts";
import { type SftpServer, type SftpServerOptions, startSftpServer } from "../support/sftp-server.ts";

const test = suite("remote/collect");
const withMount = needs("sshd", "ssh-keygen", "mount");

const first = "attic-pi_dshield_logs_2026-11-23_03-00-00.zip";
const second = "attic-pi_home_2026-11-24_03-00-00.tar.zst.age";
const other = "fra-vps_home_2026-11-24_03-00-00.7z";

/** Where archives are: the tests of both have the same expectations. */
type Place = {
  readonly name: string;
  readonly check: ReturnType<typeof needs>;
  readonly options: SftpServerOptions;
  /** The first part of an archive's address in the manifest. */
  readonly scheme: string;
  readonly connect: (server: Reached) => Promise<Origin["connect"]>;
};
type Reached = Pick<SftpServer, "port" | "hostKey" | "privateKey" | "privateKeyFile" | "user">;

const onServer: Place = {
  name: "the server",
  check: needs("sshd", "ssh-keygen"),
  options: {},
  scheme: "sftp",
  connect: async ({ port, hostKey, privateKey, user }) => {
    const key = parseHostKey(hostKey);
    if (key === undefined) throw new Error("no host key");
    const login = { user, with: { kind: "key" as const, privateKey } };
    return (signal, patience) =>
      connect({ host: "127.0.0.1", port, hostKeys: [key] }, login, signal, patience);
  },
};
const onSensor: Place = {
  name: "a sensor",
  check: needs("root", "sshd", "ssh", "ssh-keygen", "sudo"),
  options: { isPlain: true },
  scheme: "ssh",
  connect: async ({ port, hostKey, privateKeyFile, user }) => {
    await writeFile(join(client, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}\n`);
    await sensorSsh(client, { keyFile: privateKeyFile });
    return (signal, patience) => connectSensor({ user, address: "127.0.0.1", port }, signal, patience);
  },
};
const places = [onServer, onSensor];

const servers = new Map<Place, SftpServer>();
const path = process.env.PATH;
let client: string;
let into: string;
test.before(async () => {
  client = await mkdtemp(join(tmpdir(), "sensorbake-ssh-"));
  process.env.PATH = `${client}${delimiter}${path}`;
  for (const place of places) servers.set(place, await startSftpServer(place.options));
});
test.after(async () => {
  process.env.PATH = path;
  for (const server of servers.values()) await server.remove();
  await rm(client, { recursive: true, force: true });
});
test.before.each(async () => {
  into = await mkdtemp(join(tmpdir(), "sensorbake-collect-"));
  for (const { folder } of servers.values())
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
});
test.after.each(() => rm(into, { recursive: true, force: true }));

function serverOf(place: Place): SftpServer {
  const server = servers.get(place);
  if (server === undefined) throw new Error(`there is no sshd for ${place.name}`);
  return server;
}

async function run(
  place: Place,
  sensors: readonly string[],
  options: Partial<CollectOptions> = {},
  { path, ...reached }: Reached & { readonly path: string } = serverOf(place),
): Promise<readonly Collected[]> {
  const connect = await place.connect(reached);
  return collect(
    sensors.map((sensor) => ({ sensor, path, connect })),
    { into, concurrency: 4, signal: new AbortController().signal, onProgress: () => {}, ...options },
  );
}

/** Declares a test for each place. */
function both(name: string, body: (place: Place, sshd: SftpServer) => Promise<void>): void {
  for (const place of places) place.check(test, `${place.name}: ${name}`, () => body(place, serverOf(place)));
}

async function tree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

both("fetches each sensor's complete archives, once", async (place, sshd) => {
  const bytes = await putArchive(sshd.folder, first, 300_000);
  await putArchive(sshd.folder, second, 10);
  await putArchive(sshd.folder, other, 1_000_000);
  await putArchive(sshd.folder, "attic-pi_srv_2026-11-24_03-00-00.zip", 5, { isComplete: false });
  await putArchive(sshd.folder, "attic-pi_srv_2026-11-25_03-00-00.zip.part", 5, { isComplete: false });
  await putArchive(sshd.folder, "notes.txt", 5);
  mkdirSync(join(sshd.folder, "attic-pi_home_2026-11-20_03-00-00.zip"));
  const reported: Progress[] = [];
  const collected = await run(place, ["attic-pi", "fra-vps"], {
    onProgress: (progress) => reported.push(progress),
  });
  assert.equal(
    collected.map(({ sensor, bytes, problems }) => ({ sensor, bytes, problems })),
    [
      { sensor: "attic-pi", bytes: 300_010, problems: [] },
      { sensor: "fra-vps", bytes: 1_000_000, problems: [] },
    ],
  );
  assert.equal(collected[0]?.incomplete, [
    "attic-pi_srv_2026-11-24_03-00-00.zip",
    "attic-pi_srv_2026-11-25_03-00-00.zip",
  ]);
  assert.equal(await tree(into), [
    `attic-pi/${first}`,
    `attic-pi/${first}.sha256`,
    `attic-pi/${second}`,
    `attic-pi/${second}.sha256`,
    `fra-vps/${other}`,
    `fra-vps/${other}.sha256`,
    "manifest.jsonl",
  ]);
  assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
  const counted = reported.flatMap((progress) => (progress.kind === "bytes" ? [progress.count] : []));
  assert.is(
    counted.reduce((sum, count) => sum + count, 0),
    1_300_010,
  );

  const manifest = (await readFile(join(into, "manifest.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.is(manifest.length, 3);
  const line = manifest.find(({ file }) => file === `attic-pi/${first}`);
  assert.equal(line, {
    sensor: "attic-pi",
    set: "dshield_logs",
    date: "2026-11-23_03-00-00",
    file: `attic-pi/${first}`,
    bytes: 300_000,
    sha256: sha256(bytes),
    from: `${place.scheme}://127.0.0.1:${sshd.port}${sshd.path}/${first}`,
  });

  const again = await run(place, ["attic-pi", "fra-vps"]);
  assert.equal(
    again.map(({ bytes }) => bytes),
    [0, 0],
  );
  assert.equal(
    again[0]?.archives.map(({ what }) => what),
    ["here", "here"],
  );
  assert.is((await readFile(join(into, "manifest.jsonl"), "utf8")).trim().split("\n").length, 3);
});

both("--since leaves out older ones", async (place, sshd) => {
  await putArchive(sshd.folder, first, 10);
  await putArchive(sshd.folder, second, 10);
  const [collected] = await run(place, ["attic-pi"], { since: "2026-11-24" });
  assert.equal(
    collected?.archives.map(({ file }) => file),
    [second],
  );
});

both("resumes a part, and fetches only the rest", async (place, sshd) => {
  const bytes = await putArchive(sshd.folder, first, 3_000_000);
  mkdirSync(join(into, "attic-pi"));
  await writeFile(join(into, "attic-pi", `${first}.part`), bytes.subarray(0, 2_999_990));
  const counts: number[] = [];
  const [collected] = await run(place, ["attic-pi"], {
    onProgress: (progress) => void (progress.kind === "bytes" && counts.push(progress.count)),
  });
  assert.equal(collected?.problems, []);
  assert.equal(counts, [2_999_990, 10]);
  assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
});

for (const length of [10, 5000])
  both(`a part of another file (${length} bytes) is fetched again`, async (place, sshd) => {
    const bytes = await putArchive(sshd.folder, first, 1000);
    mkdirSync(join(into, "attic-pi"));
    await writeFile(join(into, "attic-pi", `${first}.part`), Buffer.alloc(length));
    const [collected] = await run(place, ["attic-pi"]);
    assert.equal(collected?.problems, []);
    assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
  });

both("does not rename an archive that is damaged there, and fetches the others", async (place, sshd) => {
  await putArchive(sshd.folder, first, 1000);
  await truncate(join(sshd.folder, first), 999);
  await putArchive(sshd.folder, second, 10);
  await writeFile(join(sshd.folder, `${second}.sha256`), "nonsense\n");
  const third = "attic-pi_home_2026-11-25_03-00-00.zip";
  await putArchive(sshd.folder, third, 10);
  const [collected] = await run(place, ["attic-pi"]);
  assert.equal(collected?.problems.map(({ message }) => message.replace(/^\S+ /, "")).sort(), [
    `does not have its checksum: it is damaged on 127.0.0.1:${sshd.port}`,
    `on 127.0.0.1:${sshd.port} is not a checksum of ${second}`,
  ]);
  assert.equal(await tree(into), [`attic-pi/${third}`, `attic-pi/${third}.sha256`, "manifest.jsonl"]);
});

for (const [name, content] of [
  ["another length", "mine"],
  ["the same length", "0123456789"],
] as const)
  both(`a file that is here with other content (${name}) is never overwritten`, async (place, sshd) => {
    await putArchive(sshd.folder, first, 10);
    mkdirSync(join(into, "attic-pi"));
    await writeFile(join(into, "attic-pi", first), content);
    const [collected] = await run(place, ["attic-pi"]);
    assert.match(
      collected?.problems[0]?.message ?? "",
      /is here with other content than on 127\.0\.0\.1:\d+$/,
    );
    assert.is(await readFile(join(into, "attic-pi", first), "utf8"), content);
  });

both("a failure of the local disk with one archive does not stop the others", async (place, sshd) => {
  await putArchive(sshd.folder, first, 10);
  await putArchive(sshd.folder, second, 10);
  await putArchive(sshd.folder, other, 10);
  mkdirSync(join(into, "attic-pi", `${first}.part`), { recursive: true });
  const collected = await run(place, ["attic-pi", "fra-vps"]);
  assert.match(collected[0]?.problems[0]?.message ?? "", /director/);
  assert.equal(
    collected.map(({ archives }) => archives.map(({ file }) => file)),
    [[second], [other]],
  );
});

withMount(
  test,
  "a full local disk is reported in advance, and the rest is fetched once there is space",
  async () => {
    await putArchive(serverOf(onServer).folder, first, 3_000_000);
    await putArchive(serverOf(onServer).folder, second, 10);
    await execute("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", into]);
    try {
      const [collected] = await run(onServer, ["attic-pi"]);
      assert.match(collected?.problems[0]?.message ?? "", /MB left, the next archive needs 3 MB$/);
      assert.equal(
        collected?.archives.map(({ file }) => file),
        [second],
      );
      await execute("mount", ["-o", "remount,size=8m", into]);
      assert.equal((await run(onServer, ["attic-pi"]))[0]?.problems, []);
    } finally {
      await execute("umount", [into]);
    }
  },
);

both("a missing folder is reported", async (place, sshd) => {
  const [missing] = await run(place, ["attic-pi"], {}, { ...sshd, path: "/nowhere" });
  assert.match(missing?.problems[0]?.message ?? "", /^there is no folder \/nowhere on 127\.0\.0\.1:\d+$/);
});

both("an interruption leaves complete files and parts, and the next run resumes", async (place, sshd) => {
  const bytes = await putArchive(sshd.folder, first, 30_000_000);
  const abort = new AbortController();
  let got = 0;
  try {
    await run(place, ["attic-pi"], {
      signal: abort.signal,
      onProgress: (progress) => {
        if (progress.kind === "bytes") got += progress.count;
        if (got > 10_000_000) abort.abort(new Error("interrupted"));
      },
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "interrupted");
  }
  assert.equal(await tree(into), [`attic-pi/${first}.part`]);
  const { size } = await stat(join(into, "attic-pi", `${first}.part`));
  assert.ok(size >= 10_000_000 && size < 30_000_000);
  await run(place, ["attic-pi"]);
  assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
});

both("resumes when the server stops in the middle and returns", async (place, sshd) => {
  const bytes = await putArchive(sshd.folder, first, 60_000_000);
  let isDown = false;
  let got = 0;
  const [collected] = await run(place, ["attic-pi"], {
    onProgress: (progress) => {
      if (progress.kind === "bytes") got += progress.count;
      if (got < 5_000_000 || isDown) return;
      isDown = true;
      void sshd.kill().then(() => sshd.start());
    },
  });
  assert.equal(collected?.problems, []);
  assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
  assert.ok(isDown);
});

const at = ({ port, hostKey }: { readonly port: number; readonly hostKey: string }) => ({ port, hostKey });
const faults: readonly (readonly [name: string, faults: Faults])[] = [
  ["that drops the first two connections in the middle", { dropAfterBytes: 400_000, faultyConnections: 2 }],
  ["that hangs in the middle, once", { hangAfterBytes: 400_000, faultyConnections: 1 }],
  ["that returns less than was requested", { shortReads: 10_000 }],
  ["without extensions", {}],
];
for (const [name, fault] of faults)
  test(`everything arrives from a server ${name}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-faulty-"));
    const server = await startFaultyServer(folder, fault);
    const contents = [await putArchive(folder, first, 1_000_000), await putArchive(folder, second, 123)];
    const patience = { connectSeconds: 5, operationSeconds: 1, keepaliveSeconds: 10 };
    const [collected] = await run(
      onServer,
      ["attic-pi"],
      { patience },
      { ...serverOf(onServer), ...at(server), path: "/" },
    );
    assert.equal(collected?.problems, []);
    for (const [index, file] of [first, second].entries())
      assert.is(sha256(await readFile(join(into, "attic-pi", file))), sha256(contents[index] as Uint8Array));
    await server.close();
    await rm(folder, { recursive: true });
  });

test("a slow connection is not a silent server: requests may wait for their turn", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-faulty-"));
  const server = await startFaultyServer(folder, { slowReads: 200 });
  const bytes = await putArchive(folder, first, 1_000_000);
  const patience = { connectSeconds: 30, operationSeconds: 4, keepaliveSeconds: 10 };
  const [collected] = await run(
    onServer,
    ["attic-pi"],
    { patience },
    { ...serverOf(onServer), ...at(server), path: "/" },
  );
  assert.equal(collected?.problems, []);
  assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
  assert.is(server.connections(), 1);
  await server.close();
  await rm(folder, { recursive: true });
});

both("continues while the connection is rekeyed", async (place) => {
  const server = await startSftpServer({
    ...place.options,
    configuration: "RekeyLimit 256K\nLogLevel DEBUG1",
  });
  try {
    const bytes = await putArchive(server.folder, first, 4_000_000);
    const [collected] = await run(place, ["attic-pi"], {}, server);
    assert.equal(collected?.problems, []);
    assert.is(sha256(await readFile(join(into, "attic-pi", first))), sha256(bytes));
    assert.ok((server.log().match(/NEWKEYS received/g)?.length ?? 0) > 10, server.log());
  } finally {
    await server.remove();
  }
});

test.run();
