import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { preflight } from "../../src/backups/preflight.ts";
import { parseHostKey } from "../../src/backups/sftp/host-key.ts";
import { freePort } from "../../src/emulation/free-port.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { withMachine } from "../support/admin-machine.ts";
import { anotherHostKey, startFaultyServer } from "../support/faulty-sftp-server.ts";
import { ed25519Key } from "../support/keys.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { reachMachine } from "../support/reach-machine.ts";
import { putArchive, sha256 } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { type SftpServer, startSftpServer } from "../support/sftp-server.ts";

const test = suite("cli/transfer commands");
const withSshd = needs("sshd", "ssh-keygen");
const withRoot = needs("sshd", "ssh-keygen", "root");
const withMachineTools = needs("root", ...machineTools, "sshd", "ssh", "ssh-keygen", "sudo", "7zz", "setsid");
const withTools = needs("sshd", "ssh-keygen", "7zz", "setsid");

let sshd: SftpServer;
let home: string;
test.before(async () => {
  sshd = await startSftpServer();
});
test.after(() => sshd?.remove());
test.before.each(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorbake-transfer-"));
  for (const name of await readdir(sshd.folder)) await rm(join(sshd.folder, name), { recursive: true });
  await writeFile(join(home, "key"), sshd.privateKey, { mode: 0o600 });
});
test.after.each(() => rm(home, { recursive: true, force: true }));

async function settings(transfer: object, sensors: readonly string[] = ["attic-pi"]): Promise<string> {
  const file = join(home, "sensors.yaml");
  const server = {
    host: "127.0.0.1",
    port: sshd.port,
    user: sshd.user,
    path: `${sshd.path}/{sensor}`,
    host_key: sshd.hostKey,
  };
  const document = {
    version: 1,
    defaults: {
      admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
      transfer: { ...server, private_key: { file: "key" }, ...transfer },
    },
    sensors: sensors.map((name) => ({ name, target: "nocloud" })),
  };
  await writeFile(file, JSON.stringify(document));
  return file;
}

type CollectedJson = {
  readonly sensor: string;
  readonly bytes: number;
  readonly new_archives: number;
  readonly newest: { readonly file: string; readonly age_seconds: number } | null;
  readonly problems: readonly { readonly message: string; readonly hint: string | null }[];
};

type Check = {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
};

async function checksOf(
  file: string,
  ...more: readonly string[]
): Promise<{ readonly code: number | null; readonly checks: readonly Check[]; readonly stderr: string }> {
  const { code, stdout, stderr } = await sensorbake(["preflight", file, "--format", "json", ...more]);
  const answer = stdout.length === 0 ? { servers: [] } : JSON.parse(stdout.toString());
  return { code, checks: answer.servers[0]?.checks ?? [], stderr };
}

/** Runs the command, interrupts it when a file has begun to grow, and returns its exit code. */
function interrupted(words: readonly string[], file: string): Promise<number | null> {
  const child = spawn(process.execPath, [join(packageRoot(), "dist/sensorbake.js"), ...words], {
    stdio: "ignore",
  });
  const watch = setInterval(async () => {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size < 1_000_000 || child.killed) return;
    child.kill("SIGINT");
  }, 20);
  return new Promise((resolve) => {
    child.once("close", (code) => {
      clearInterval(watch);
      resolve(code);
    });
  });
}

withSshd(test, "known-host prints the same as ssh-keyscan, and explains how to compare", async () => {
  const { code, stdout, stderr } = await sensorbake(["known-host", `127.0.0.1:${sshd.port}`]);
  assert.is(code, 0);
  assert.is(stdout.toString(), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
  assert.match(stderr, /SHA256:.*\n.*Compare the fingerprints/);
  const wrong = await sensorbake(["known-host", "a b"]);
  assert.is(wrong.code, 2);
  const closed = await sensorbake(["known-host", `127.0.0.1:${await freePort()}`]);
  assert.is(closed.code, 3);
  assert.match(closed.stderr, /refuses the connection/);
});

withSshd(
  test,
  "preflight: all is well, asked once for sensors that share it, and nothing stays there",
  async () => {
    const file = await settings({ path: sshd.path }, ["attic-pi", "fra-vps"]);
    const { code, stdout, stderr } = await sensorbake(["preflight", file]);
    assert.is(code, 0, stderr);
    const lines = stdout.toString().trim().split("\n");
    assert.is(lines[0], `attic-pi, fra-vps: ${sshd.user}@127.0.0.1:${sshd.port} ${sshd.path}`);
    assert.equal(
      lines.slice(1).map((line) => line.slice(2, 9).trim()),
      Array(11).fill("ok"),
    );
    assert.equal(await readdir(sshd.folder), []);
  },
);

withSshd(test, "preflight makes the sensor's folder as the sensor would", async () => {
  const { code, checks } = await checksOf(await settings({}));
  assert.is(code, 0);
  assert.match(checks.find(({ check }) => check === "path")?.message ?? "", /attic-pi, made now$/);
  assert.equal(await readdir(sshd.folder), ["attic-pi"]);
});

withSshd(test, "preflight offers the line to pin when none is pinned, and does not log in", async () => {
  const before = sshd.log().length;
  const { code, checks, stderr } = await checksOf(await settings({ host_key: undefined }));
  assert.is(code, 3, stderr);
  const check = checks.find((each) => each.check === "host key");
  assert.is(check?.status, "failed");
  assert.ok(check?.message.endsWith(`To pin the first, write host_key: ${sshd.hostKey}`));
  assert.match(check?.hint ?? "", /compare with the server's owner/);
  assert.is(checks.find((each) => each.check === "login")?.status, "skipped");
  assert.not.match(sshd.log().slice(before), /Accepted/);
});

const failures: readonly (readonly [
  name: string,
  transfer: () => Promise<object>,
  check: string,
  message: RegExp,
])[] = [
  ["another host key", async () => ({ host_key: anotherHostKey() }), "host key", /is not the pinned server/],
  ["a closed port", async () => ({ port: await freePort() }), "connect", /refuses the connection/],
  ["no such host", async () => ({ host: "no-such-host.invalid" }), "resolve", /has no address/],
  [
    "a key that the server does not know",
    async () => {
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, "other")]);
      return { private_key: { file: "other" } };
    },
    "login",
    /does not let \S+ in/,
  ],
  ["no folder to be in", async () => ({ path: "/nowhere/at/all" }), "path", /there is no folder/],
];
for (const [name, transfer, check, message] of failures)
  withSshd(test, `preflight names the failing check: ${name}`, async () => {
    const { code, checks, stderr } = await checksOf(await settings(await transfer()));
    assert.is(code, 3, stderr);
    const failed = checks.filter(({ status }) => status === "failed");
    assert.equal(
      failed.map((each) => each.check),
      [check],
    );
    assert.match(failed[0]?.message ?? "", message);
    assert.type(failed[0]?.hint, "string");
    const at = checks.findIndex((each) => each.check === check);
    assert.ok(checks.slice(at + 1).every(({ status }) => status === "skipped"));
  });

withSshd(test, "preflight with a key that only the sensor has looks as far as it can", async () => {
  const file = await settings({ private_key: undefined, generate_key: true });
  const { code, checks } = await checksOf(file);
  assert.is(code, 0);
  assert.is(checks.find((each) => each.check === "host key")?.status, "ok");
  assert.is(checks.find((each) => each.check === "login")?.status, "unknown");
  const tried = await checksOf(file, "--identity", join(home, "key"));
  assert.is(tried.checks.filter(({ status }) => status === "ok").length, 11);
});

test("preflight without posix-rename and statvfs is fine; a full disk is not", async () => {
  const folder = join(home, "server");
  await mkdir(folder);
  for (const [faults, code, failed] of [
    [{}, 0, []],
    [{ fullAfterBytes: 10 }, 3, ["write"]],
  ] as const) {
    const server = await startFaultyServer(folder, faults);
    const found = await checksOf(await settings({ port: server.port, host_key: server.hostKey, path: "/" }));
    assert.is(found.code, code, found.stderr);
    assert.equal(
      found.checks.filter(({ status }) => status === "failed").map(({ check }) => check),
      failed,
    );
    assert.equal(await readdir(folder), []);
    await server.close();
  }
});

withSshd(test, "preflight names a server that only lets read", async () => {
  const readOnly = await startSftpServer({ configuration: "ForceCommand internal-sftp -R" });
  const reached = { port: readOnly.port, host_key: readOnly.hostKey, path: readOnly.path };
  const file = await settings(reached);
  const { checks } = await checksOf(file, "--identity", readOnly.privateKeyFile);
  const failed = checks.find(({ status }) => status === "failed");
  assert.is(failed?.check, "write");
  assert.match(failed?.message ?? "", /permission denied$/);
  assert.match(failed?.hint ?? "", /must own the folder/);
  await readOnly.remove();
});

withRoot(test, "preflight warns about a server that refuses deletion, and does not fail", async () => {
  const appendOnly = "ForceCommand internal-sftp -u 0222 -p open,close,read,write,lstat,stat,realpath,rename";
  const server = await startSftpServer({ user: "nobody", configuration: appendOnly });
  try {
    const reached = { port: server.port, host_key: server.hostKey, path: server.path, user: server.user };
    const { code, checks, stderr } = await checksOf(
      await settings(reached),
      "--identity",
      server.privateKeyFile,
    );
    assert.is(code, 0, stderr);
    const unwell = checks.filter(({ status }) => status !== "ok");
    assert.equal(
      unwell.map(({ check, status }) => `${check} ${status}`),
      ["delete warning"],
    );
    assert.match(
      unwell[0]?.message ?? "",
      /refuses deletion: \S+ stays there, and transfer\.keep_days has no effect/,
    );
  } finally {
    await server.remove();
  }
});

for (const [name, faults, check] of [
  ["stops answering while it writes", { hangAfterBytes: 0 }, "write"],
  ["cuts the connection while it writes", { dropAfterBytes: 0 }, "write"],
] as const)
  test(`preflight names the step at which a server ${name}`, async () => {
    const folder = join(home, "server");
    await mkdir(folder);
    const server = await startFaultyServer(folder, faults);
    const key = parseHostKey(server.hostKey);
    const checks = await preflight(
      {
        server: { host: "127.0.0.1", port: server.port, hostKeys: key === undefined ? [] : [key] },
        login: {
          user: "x",
          with: { kind: "key" as const, privateKey: await readFile(join(home, "key"), "utf8") },
        },
        path: "/",
      },
      new AbortController().signal,
      { connectSeconds: 20, operationSeconds: 2, keepaliveSeconds: 10 },
    );
    assert.equal(
      checks.filter(({ status }) => status === "failed").map((each) => each.check),
      [check],
    );
    assert.is(new Set(checks.map((each) => each.check)).size, checks.length);
    await server.close();
  });

withSshd(test, "collect fetches, says what, and a second time fetches nothing", async () => {
  const file = await settings({}, ["attic-pi", "fra-vps"]);
  const name = "attic-pi_home_2026-11-24_03-00-00.zip";
  const bytes = await putArchive(join(sshd.folder, "attic-pi"), name, 1_500_000);
  await putArchive(join(sshd.folder, "fra-vps"), "fra-vps_srv_2026-11-24_03-00-00.zip", 10);
  const into = join(home, "into");
  const { code, stdout, stderr } = await sensorbake(["collect", file, "--into", into]);
  assert.is(code, 0, stderr);
  assert.match(
    stdout.toString(),
    new RegExp(
      "^SENSOR    NEW         NEWEST ARCHIVE +AGE\n" +
        "attic-pi  1 \\(1.5 MB\\)  attic-pi_home_2026-11-24_03-00-00.zip  \\d+ (h|d)\n" +
        "fra-vps   1 \\(10 B\\)    fra-vps_srv_2026-11-24_03-00-00.zip    \\d+ (h|d)\n$",
    ),
  );
  assert.match(stderr, /^attic-pi_home_2026-11-24_03-00-00\.zip {2}1\.5 MB, .*\/s$/m);
  assert.is(sha256(await readFile(join(into, "attic-pi", name))), sha256(bytes));
  assert.equal((await readdir(into)).sort(), ["attic-pi", "fra-vps", "manifest.jsonl"]);
  const again = await sensorbake([
    "collect",
    file,
    "--into",
    into,
    "--sensor",
    "attic-pi",
    "--format",
    "json",
  ]);
  assert.is(again.code, 0, again.stderr);
  const answer = JSON.parse(again.stdout.toString());
  assert.equal(
    answer.sensors.map(({ sensor, bytes, new_archives, newest, problems }: CollectedJson) => [
      sensor,
      bytes,
      new_archives,
      newest?.file,
      problems,
    ]),
    [["attic-pi", 0, 0, name, []]],
  );
  const age = (Date.now() - Date.parse("2026-11-24T03:00:00Z")) / 1000;
  assert.ok(Math.abs(answer.sensors[0].newest.age_seconds - age) < 600);
});

withSshd(test, "collect: one sensor's failure is exit 3, and the others are fetched", async () => {
  const file = await settings({}, ["attic-pi", "fra-vps"]);
  await putArchive(join(sshd.folder, "fra-vps"), "fra-vps_srv_2026-11-24_03-00-00.zip", 10);
  const { code, stdout, stderr } = await sensorbake(["collect", file, "--into", join(home, "into")]);
  assert.is(code, 3);
  assert.match(stdout.toString(), /^attic-pi {2}0 +- +-\nfra-vps {3}1 \(10 B\) {2}fra-vps_srv_.*\n$/m);
  assert.match(stderr, /attic-pi: there is no folder .*\n {2}= help: .*\n$/);
});

withMachineTools(test, "collect fetches from a server and from a sensor without transfer in one run", () =>
  withMachine(async (machine) => {
    const file = await settings({});
    const { defaults, sensors } = JSON.parse(await readFile(file, "utf8"));
    const { transfer, ...others } = defaults;
    const all = [
      { ...sensors[0], transfer },
      { name: "fra-vps", target: "nocloud", address: "192.0.2.7" },
      { name: "nyc-vps", target: "nocloud" },
    ];
    await writeFile(file, JSON.stringify({ version: 1, defaults: others, sensors: all }));
    await putArchive(join(sshd.folder, "attic-pi"), "attic-pi_srv_2026-11-24_03-00-00.zip", 10);
    const name = "fra-vps_home_2026-11-24_03-00-00.zip";
    const env = { PATH: await reachMachine(machine, home) };
    await machine.must(
      `install -d -m 0700 /var/backups/honeypot && cd /var/backups/honeypot && echo MZ >virus.exe
      printf 'infected\\ninfected\\n' | setsid --wait 7zz a -tzip -mem=ZipCrypto -p "$1" virus.exe && sha256sum "$1" >"$1.sha256"`,
      name,
    );
    const into = join(home, "into");
    const words = ["collect", file, "--into", into, "--extract"];
    const { code, stdout, stderr } = await sensorbake([...words, "--format", "json"], { env });
    assert.is(code, 3, stderr);
    const found: readonly CollectedJson[] = JSON.parse(stdout.toString()).sensors;
    assert.equal(
      found.map(({ sensor, new_archives }) => [sensor, new_archives]),
      [
        ["attic-pi", 1],
        ["fra-vps", 1],
        ["nyc-vps", 0],
      ],
    );
    const [noZip, , unknown] = found.map(({ problems }) => problems);
    assert.match(noZip?.[0]?.message ?? "", /^attic-pi_srv_2026-11-24_03-00-00\.zip: 7-Zip could not/);
    assert.equal(unknown, [
      {
        message: "the sensor's address is unknown",
        hint: "add address: to its entry, or: sensorbake collect FILE --sensor nyc-vps --address ADDRESS",
      },
    ]);
    assert.equal(
      found.map(({ problems }) => problems.length),
      [1, 0, 1],
    );
    assert.is(await readFile(join(into, "fra-vps/home/2026-11-24_03-00-00/virus.exe"), "utf8"), "MZ\n");
    const manifest = (await readFile(join(into, "manifest.jsonl"), "utf8")).trim().split("\n");
    const from = manifest.map((line) => JSON.parse(line)).find(({ sensor }) => sensor === "fra-vps").from;
    assert.is(from, `ssh://192.0.2.7:12222/var/backups/honeypot/${name}`);
  }),
);

for (const [name, transfer, words, message] of [
  ["--address for several sensors", null, ["--address", "192.0.2.7"], /--address applies to one sensor/],
  [
    "--address for a sensor with transfer",
    {},
    ["--address", "192.0.2.7", "--sensor", "attic-pi"],
    /the archives of attic-pi are on the server of `transfer`/,
  ],
  [
    "--identity without any transfer",
    null,
    ["--identity", "key"],
    /--identity is for the server of `transfer`, which attic-pi, fra-vps does not have/,
  ],
] as const)
  test(`collect: ${name} is wrong usage`, async () => {
    const file = await settings({}, ["attic-pi", "fra-vps"]);
    const document = JSON.parse(await readFile(file, "utf8"));
    if (transfer === null) delete document.defaults.transfer;
    await writeFile(file, JSON.stringify(document));
    const { code, stderr } = await sensorbake(["collect", file, "--into", join(home, "into"), ...words]);
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  });

withSshd(test, "collect without any key is wrong usage, with a way out", async () => {
  const file = await settings({ private_key: undefined, generate_key: true });
  const { code, stderr } = await sensorbake(["collect", file, "--into", join(home, "into")]);
  assert.is(code, 2);
  assert.match(
    stderr,
    /the key of \S+ exists only on the sensor \(generate_key\)\n {2}= help: .*--identity FILE, or an ssh-agent/,
  );
});

for (const [name, words] of [
  ["a day that is none", ["--since", "2026-02-30"]],
  ["no sensors at a time", ["--concurrency", "0"]],
] as const)
  withSshd(test, `collect: ${name} is wrong usage`, async () => {
    const { code } = await sensorbake([
      "collect",
      await settings({}),
      "--into",
      join(home, "into"),
      ...words,
    ]);
    assert.is(code, 2);
  });

withSshd(test, "Ctrl-C leaves complete files and parts, and the next run resumes", async () => {
  const name = "attic-pi_home_2026-11-24_03-00-00.zip";
  const bytes = await putArchive(join(sshd.folder, "attic-pi"), name, 400_000_000);
  const file = await settings({});
  const into = join(home, "into");
  assert.is(
    await interrupted(["collect", file, "--into", into], join(into, "attic-pi", `${name}.part`)),
    130,
  );
  const left = (await readdir(into, { recursive: true })).filter((path) => path !== "attic-pi").map(String);
  assert.ok(
    left.every((path) => path.endsWith(".part")),
    left.join(" "),
  );
  const again = await sensorbake(["collect", file, "--into", into]);
  assert.is(again.code, 0, again.stderr);
  assert.is(sha256(await readFile(join(into, "attic-pi", name))), sha256(bytes));
});

withSshd(
  test,
  "a second collection into the same folder is refused, but the lock of a dead one is ignored",
  async () => {
    const into = join(home, "into");
    await mkdir(into);
    await mkdir(join(sshd.folder, "attic-pi"));
    const file = await settings({});
    await writeFile(join(into, ".collect.lock"), `${process.pid}\n`);
    const busy = await sensorbake(["collect", file, "--into", into]);
    assert.is(busy.code, 3);
    assert.match(busy.stderr, /another collection into .* is running/);
    await writeFile(join(into, ".collect.lock"), "999999999\n");
    assert.is((await sensorbake(["collect", file, "--into", into])).code, 0);
  },
);

withTools(test, "collect --extract unpacks with the settings' password, with a warning, once", async () => {
  const name = "attic-pi_home_2026-11-24_03-00-00.zip";
  await mkdir(join(home, "from"));
  await writeFile(join(home, "from/virus.exe"), "MZ", { mode: 0o755 });
  const script =
    'cd "$1/from" && printf "infected\\ninfected\\n" | setsid --wait 7zz a -tzip -mem=ZipCrypto -p ../a.zip . > /dev/null';
  assert.is((await execute("bash", ["-c", script, "bash", home])).code, 0);
  await putArchive(join(sshd.folder, "attic-pi"), name, await readFile(join(home, "a.zip")));
  const into = join(home, "into");
  const words = ["collect", await settings({}), "--into", into, "--extract"];
  const { code, stderr } = await sensorbake(words);
  assert.is(code, 0, stderr);
  assert.match(stderr, /^warning: the archives contain live malware/m);
  assert.is(await readFile(join(into, "attic-pi/home/2026-11-24_03-00-00/virus.exe"), "utf8"), "MZ");
  assert.match((await sensorbake(words)).stderr, /^attic-pi: 0 unpacked$/m);
});

test.run();
