import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { anotherHostKey, type Faults, startFaultyServer } from "../support/faulty-sftp-server.ts";
import { killTree, processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { putArchive, sha256 } from "../support/remote-archives.ts";
import { execute, makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";
import { freePort, type SftpServer, startSftpServer } from "../support/sftp-server.ts";
import { waitFor } from "../support/wait-for.ts";

const test = suite("templates/transfer");
const withSshd = needs("sshd", "sftp", "ssh-keygen", "timeout");
const withRoot = needs("sshd", "sftp", "ssh-keygen", "timeout", "root");
const withMount = needs("sshd", "sftp", "ssh-keygen", "timeout", "mount", "root");

const first = "attic-pi_dshield_logs_2026-11-23_03-00-00.zip";
const second = "attic-pi_home_2026-11-24_03-00-00.tar.zst.age";
const third = "attic-pi_home_2026-11-25_03-00-00.tar.zst.age";
const backups = "var/backups/honeypot";
const state = "var/lib/honeypot/state";

let sshd: SftpServer;
let root: ScratchRoot;
let faulty: string;
test.before(async () => {
  sshd = await startSftpServer();
});
test.after(() => sshd?.remove());
test.before.each(async () => {
  for (const name of await readdir(sshd.folder)) await rm(join(sshd.folder, name), { recursive: true });
  faulty = await mkdtemp(join(tmpdir(), "sensorbake-faulty-"));
  root = await makeScratchRoot();
  await root.stub("timedatectl", "echo yes");
  await pointAt(sshd);
});
test.after.each(async () => {
  await root.remove();
  await rm(faulty, { recursive: true, force: true });
});

type Reached = { readonly port: number; readonly hostKey: string };

async function pointAt(
  server: Reached,
  more: Readonly<Record<string, string>> = {},
  hostKey = server.hostKey,
): Promise<void> {
  await root.configure({
    TRANSFER_HOST: "127.0.0.1",
    TRANSFER_PORT: String(server.port),
    TRANSFER_USER: sshd.user,
    TRANSFER_PATH: server === sshd ? sshd.path : "/",
    TRANSFER_LIMIT_KBIT: "0",
    TRANSFER_KEEP_DAYS: "0",
    ...more,
  });
  await root.write("etc/honeypot/known_hosts", `backup-server ${hostKey}\n`);
  await root.write("etc/honeypot/secrets/transfer_key", sshd.privateKey, { mode: 0o600 });
}

// Points the sensor at a server other than the shared one.
async function use(server: SftpServer, more: Readonly<Record<string, string>> = {}): Promise<void> {
  await pointAt(server, { TRANSFER_USER: server.user, TRANSFER_PATH: server.path, ...more });
  await root.write("etc/honeypot/secrets/transfer_key", server.privateKey, { mode: 0o600 });
}

const transfer = (environment: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  root.run("opt/honeypot/scripts/transfer.sh", [], {
    environment: { transfer_pause_seconds: "0", transfer_patience_seconds: "20", ...environment },
    timeoutSeconds: 60,
  });

const make = (file: string, content: number | Uint8Array) => putArchive(root.path(backups), file, content);
const there = async (folder = sshd.folder) => (await readdir(folder)).sort();
const arrived = async (file: string, folder = sshd.folder) => sha256(await readFile(join(folder, file)));
const ledger = async () =>
  (await root.read(`${state}/transferred`).catch(() => "")).split("\n").filter(Boolean);
const lastLine = async () =>
  (await root.read("var/log/honeypot/scp_backup.log")).trim().split("\n").at(-1) ?? "";

withSshd(test, "sends each archive once, its checksum last, and says so", async () => {
  const bytes = await make(first, 200_000);
  await make(second, 10);
  await root.write(`${backups}/attic-pi_srv_2026-11-24_03-00-00.zip`, "not finished");
  await root.write(`${backups}/fra-vps_srv_2026-11-24_03-00-00.zip.sha256`, "of another sensor");
  const outcome = await transfer();
  assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(await there(), [first, `${first}.sha256`, second, `${second}.sha256`]);
  assert.is(await arrived(first), sha256(bytes));
  assert.is(
    await readFile(join(sshd.folder, `${first}.sha256`), "utf8"),
    await root.read(`${backups}/${first}.sha256`),
  );
  assert.equal(await ledger(), [first, second]);
  assert.match(
    await lastLine(),
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ transfer: ok: sent 2 archives, 200010 bytes; deleted 0 old ones on the server$/,
  );
  assert.match(await root.read(`${state}/transfer.last`), /^\d+ ok sent 2 archives, 200010 bytes\n$/);

  const again = await transfer();
  assert.is(again.code, 0, again.stderr);
  assert.match(await lastLine(), /sent 0 archives/);
});

withSshd(
  test,
  "does not send archives in the ledger again, and removes the names of deleted archives from it",
  async () => {
    await make(first, 10);
    await transfer();
    await rm(join(sshd.folder, first));
    await rm(join(sshd.folder, `${first}.sha256`));
    await transfer();
    assert.equal(await there(), []);
    await rm(root.path(`${backups}/${first}`));
    await transfer();
    // The newest of a set stays in it.
    assert.equal(await ledger(), [first]);
  },
);

withSshd(test, "another server gets all archives of the first one", async () => {
  await make(first, 10);
  await transfer();
  await pointAt(sshd, { TRANSFER_PATH: `${sshd.path}/attic-pi` });
  const outcome = await transfer();
  assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(await there(join(sshd.folder, "attic-pi")), [first, `${first}.sha256`]);
});

withSshd(test, "resumes a part, and sends only the rest", async () => {
  const bytes = await make(first, 500_000);
  await writeFile(join(sshd.folder, `${first}.part`), bytes.subarray(0, 400_000));
  assert.is((await transfer()).code, 0);
  assert.is(await arrived(first), sha256(bytes));
});

for (const [name, length] of [
  ["is complete", 1000],
  ["is too long", 5000],
] as const)
  withSshd(test, `a part that ${name}`, async () => {
    const bytes = await make(first, 1000);
    await writeFile(join(sshd.folder, `${first}.part`), Buffer.concat([bytes, Buffer.alloc(length - 1000)]));
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.is(await arrived(first), sha256(bytes));
    assert.equal(await there(), [first, `${first}.sha256`]);
  });

const interrupted: readonly (readonly [name: string, files: readonly string[]])[] = [
  ["before the archive got its name", [".part", ".sha256.part"]],
  ["between the two names", ["", ".sha256.part"]],
  ["before the ledger", ["", ".sha256"]],
];
for (const [name, files] of interrupted)
  withSshd(test, `a run that was cut ${name} is finished by the next`, async () => {
    const bytes = await make(first, 1000);
    for (const suffix of files) {
      const content = suffix.startsWith(".sha256")
        ? await readFile(root.path(`${backups}/${first}.sha256`))
        : bytes;
      await writeFile(join(sshd.folder, `${first}${suffix}`), content);
    }
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal(await there(), [first, `${first}.sha256`]);
    assert.equal(await ledger(), [first]);
  });

for (const [name, isComplete] of [
  ["and checksum", true],
  ["but no checksum", false],
] as const)
  withSshd(
    test,
    `a name that is taken by other content (${name}) is left alone, and the others are sent`,
    async () => {
      await make(first, 1000);
      await make(second, 10);
      const theirs = await putArchive(sshd.folder, first, 1000, { isComplete });
      const outcome = await transfer();
      assert.is(outcome.code, 1);
      assert.is(await arrived(first), sha256(theirs));
      assert.equal(await ledger(), [second]);
      assert.match(
        await lastLine(),
        new RegExp(
          `failed: ${first}: exists on the server with other content; left unchanged; sent 1 archives`,
        ),
      );
      assert.match(
        await root.read(`${state}/transfer.last`),
        /^\d+ failed attic-pi_dshield_logs.* exists on the server with other content/,
      );
    },
  );

withSshd(test, "a server with another key gets nothing, and it is not tried again", async () => {
  await make(first, 10);
  await pointAt(sshd, {}, anotherHostKey());
  const outcome = await transfer();
  assert.is(outcome.code, 1);
  assert.match(
    await lastLine(),
    /failed: 127\.0\.0\.1 does not have the pinned host key: nothing was sent; sent 0/,
  );
  assert.not.match(outcome.stderr, /: retrying/);
  assert.equal(await there(), []);
});

withSshd(test, "a login that is refused", async () => {
  await make(first, 10);
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(faulty, "key")]);
  await root.write("etc/honeypot/secrets/transfer_key", await readFile(join(faulty, "key")), { mode: 0o600 });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: 127\.0\.0\.1 refuses the key of \S+/);
});

withSshd(test, "a folder that cannot be made", async () => {
  await make(first, 10);
  await pointAt(sshd, { TRANSFER_PATH: "/nowhere/at/all" });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: \/nowhere\/at\/all: .*No such file; sent 0/);
});

withSshd(test, "a read-only server is reported for each archive, and no partial name exists", async () => {
  const readOnly = await startSftpServer({ configuration: "ForceCommand internal-sftp -R" });
  await make(first, 10);
  await pointAt(readOnly, { TRANSFER_PATH: readOnly.path });
  await root.write("etc/honeypot/secrets/transfer_key", readOnly.privateKey, { mode: 0o600 });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: attic-pi_dshield_logs\S*: .*Permission denied; sent 0 archives/);
  assert.equal(await there(readOnly.folder), []);
  await readOnly.remove();
});

test("a closed port is tried six times, then reported", async () => {
  await make(first, 10);
  await pointAt({ port: await freePort(), hostKey: sshd.hostKey });
  const outcome = await transfer();
  assert.is(outcome.code, 1);
  assert.is(outcome.stderr.match(/Connection refused: retrying/g)?.length, 5);
  assert.match(await lastLine(), /failed: ssh: connect to host 127\.0\.0\.1 port \d+: Connection refused/);
});

withSshd(test, "a second simultaneous transfer stops", async () => {
  await make(first, 10);
  const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
    wrapper: ["flock", root.path("run/honeypot/transfer.lock")],
  });
  assert.is(outcome.code, 75);
});

withSshd(
  test,
  "the capture learns the addresses of a server that has a name, and is restarted when they change",
  async () => {
    await root.stub("systemctl", `printf '%s\\n' "$*" >> "${root.path("asked")}"`);
    await pointAt(sshd, { TRANSFER_HOST: "localhost" });
    await root.stub(
      "getent",
      "printf '%s\\n' '127.0.0.1 STREAM localhost' '127.0.0.1 DGRAM' '::1 STREAM localhost'",
    );
    for (let run = 0; run < 2; run++) assert.is((await transfer()).code, 0);
    const without = (host: string) => ` and not (host ${host} and tcp port ${sshd.port})`;
    assert.is(await root.read(`${state}/transfer.filter`), `${without("127.0.0.1")}${without("::1")}\n`);
    assert.is(await root.read("asked"), "try-restart honeypot-capture.service\n");
  },
);

const faults: readonly (readonly [name: string, faults: Faults])[] = [
  ["without posix-rename", {}],
  ["that drops two connections in the middle of a file", { dropAfterBytes: 400_000, faultyConnections: 3 }],
  ["that hangs in the middle of a file, once", { hangAfterBytes: 400_000, faultyConnections: 2 }],
];
for (const [name, fault] of faults)
  withSshd(test, `everything arrives at a server ${name}`, async () => {
    const server = await startFaultyServer(faulty, fault);
    await pointAt(server);
    const contents = [await make(first, 1_000_000), await make(second, 50)];
    const outcome = await transfer({ transfer_patience_seconds: "2" });
    assert.is(outcome.code, 0, outcome.stderr);
    for (const [index, file] of [first, second].entries())
      assert.is(await arrived(file, faulty), sha256(contents[index] as Uint8Array));
    assert.equal(await there(faulty), [first, `${first}.sha256`, second, `${second}.sha256`]);
    await server.close();
  });

withSshd(test, "a server that hangs for ever ends the run in time, and nothing is half-named", async () => {
  const server = await startFaultyServer(faulty, { hangAfterBytes: 100 });
  await pointAt(server);
  await make(first, 1000);
  const begin = Date.now();
  const outcome = await transfer({ transfer_patience_seconds: "1" });
  assert.is(outcome.code, 1);
  assert.ok(Date.now() - begin < 30_000);
  assert.match(await lastLine(), /failed: 127\.0\.0\.1 did not finish within 1 s; sent 0/);
  assert.ok((await there(faulty)).every((file) => file.endsWith(".part")));
  await server.close();
});

withMount(test, "a full disk on the server: nothing half-named, and the next run recovers", async () => {
  const disk = join(sshd.folder, "disk");
  await execute("mkdir", [disk]);
  const mounted = await execute("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  assert.is(mounted.code, 0, mounted.stderr);
  try {
    await pointAt(sshd, { TRANSFER_PATH: `${sshd.path}/disk` });
    const bytes = await make(first, 2_000_000);
    const outcome = await transfer();
    assert.is(outcome.code, 1);
    assert.match(
      await lastLine(),
      /failed: attic-pi_dshield_logs.*: .*Failure \(possibly a full disk\); sent 0/,
    );
    assert.equal(await there(disk), []);
    await execute("mount", ["-o", "remount,size=4m", disk]);
    const again = await transfer();
    assert.is(again.code, 0, again.stderr);
    assert.is(await arrived(first, disk), sha256(bytes));
  } finally {
    await execute("umount", [disk]);
  }
});

withSshd(
  test,
  "old archives are deleted on the server, the newest of each set and other sensors' never",
  async () => {
    await pointAt(sshd, { TRANSFER_KEEP_DAYS: "7" });
    const foreign = "fra-vps_home_2020-01-01_03-00-00.zip";
    const old = ["2020-01-01_03-00-00", "2020-01-02_03-00-00"];
    for (const date of old) {
      await putArchive(sshd.folder, `attic-pi_home_${date}.zip`, 5);
      await putArchive(sshd.folder, `attic-pi_srv_${date}.zip`, 5);
    }
    await putArchive(sshd.folder, foreign, 5);
    await putArchive(sshd.folder, "attic-pi_home_2020-01-03_03-00-00.zip.part", 5, { isComplete: false });
    await make(third, 10);
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal(
      (await there()).filter((name) => !name.endsWith(".sha256")),
      // This sensor has sent no archive of `srv`: only the server claims which one is the newest.
      [third, ...old.map((date) => `attic-pi_srv_${date}.zip`), foreign].sort(),
    );
    assert.match(await lastLine(), /deleted 2 old ones/);
  },
);

withSshd(test, "nothing is deleted by a clock that is not synchronised", async () => {
  await pointAt(sshd, { TRANSFER_KEEP_DAYS: "7" });
  await root.stub("timedatectl", "echo no");
  const old = "attic-pi_home_2020-01-01_03-00-00.zip";
  await putArchive(sshd.folder, old, 5);
  await make(third, 10);
  const outcome = await transfer();
  assert.is(outcome.code, 0, outcome.stderr);
  assert.ok((await there()).includes(old));
  assert.match(
    await root.read(`${state}/transfer.last`),
    /^\d+ ok sent 1 archives, 10 bytes; no old archive was deleted on the server: the clock is not synchronised/,
  );
});

withRoot(test, "a server that refuses deletion: a note, and the run is good", async () => {
  const server = await startSftpServer({ user: "nobody" });
  try {
    for (const date of ["2020-01-01_03-00-00", "2020-01-02_03-00-00"])
      await putArchive(server.folder, `attic-pi_home_${date}.zip`, 5);
    // In a sticky folder root's files can be deleted only by root.
    await execute("chown", ["root:nogroup", server.folder]);
    await chmod(server.folder, 0o1770);
    await use(server, { TRANSFER_KEEP_DAYS: "7" });
    await make(third, 10);
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.match(
      await root.read(`${state}/transfer.last`),
      /^\d+ ok sent 1 archives, 10 bytes; 2 archives older than 7 days stay on the server, which refuses to delete them\n$/,
    );
    assert.match(await lastLine(), /deleted 0 old ones/);
  } finally {
    await server.remove();
  }
});

withSshd(test, "a damaged archive is set aside, and its set is packed again", async () => {
  await make(first, 1000);
  await make(second, 10);
  await root.write(`${backups}/${first}`, Buffer.alloc(1000));
  for (const set of ["dshield_logs", "home"]) await root.write(`${state}/archived/${set}`, "1 1 x\n");
  const outcome = await transfer();
  assert.is(outcome.code, 1);
  assert.equal(await there(), [second, `${second}.sha256`]);
  assert.match(
    await root.read(`${state}/transfer.last`),
    /^\d+ failed attic-pi_dshield_logs_\S+ does not match its checksum: it was not sent, it is now in \/var\/backups\/honeypot\/damaged, and the next backup packs its content again\n$/,
  );
  assert.equal((await readdir(root.path(`${backups}/damaged`))).sort(), [first, `${first}.sha256`]);
  assert.equal(await readdir(root.path(`${state}/archived`)), ["home"]);
  assert.equal((await readdir(root.path(backups))).sort(), [second, `${second}.sha256`, "damaged"]);
  const again = await transfer();
  assert.is(again.code, 0, again.stderr);
  assert.match(
    await root.read(`${state}/transfer.last`),
    /; 1 damaged archives are in \/var\/backups\/honeypot\/damaged$/m,
  );
});

withSshd(test, "a damaged archive stays where it is while a backup runs", async () => {
  await make(first, 1000);
  await root.write(`${backups}/${first}`, Buffer.alloc(1000));
  const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
    environment: { lock_wait_seconds: "0" },
    wrapper: ["flock", root.path("run/honeypot/backup.lock")],
  });
  assert.is(outcome.code, 1);
  assert.match(await lastLine(), /does not match its checksum: it was not sent; sent 0/);
  assert.ok(await root.exists(`${backups}/${first}.sha256`));
  assert.equal(await there(), []);
});

for (const [name, signals] of [
  ["SIGTERM", 1],
  ["SIGTERM twice in a row", 2],
] as const)
  withSshd(test, `a transfer that is stopped by ${name} records that, and leaves no process`, async () => {
    const server = await startFaultyServer(faulty, { hangAfterBytes: 100 });
    await pointAt(server);
    await make(first, 1000);
    await root.write(`${state}/transfer.last`, "1 ok sent 1 archives, 1 bytes\n");
    const child = spawn(root.path("opt/honeypot/scripts/transfer.sh"), [], {
      env: { ...root.environment, transfer_pause_seconds: "0" },
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await waitFor("the upload", async () => (await there(faulty)).includes(`${first}.part`));
    const below = processesBelow(child.pid ?? 0);
    assert.ok(below.length > 0);
    for (let count = 0; count < signals; count++) {
      child.kill("SIGTERM");
      await sleep(5);
    }
    assert.is(await ended, 143);
    assert.match(await root.read(`${state}/transfer.last`), /^\d{4,} failed stopped by a signal\n$/);
    await waitFor("the end of all", async () => below.every((pid) => !existsSync(`/proc/${pid}`)));
    assert.is(
      (await execute("flock", ["--nonblock", root.path("run/honeypot/transfer.lock"), "true"])).code,
      0,
    );
    await server.close();
  });

withSshd(test, "a transfer that is killed leaves a mark, which the next one takes away", async () => {
  const server = await startFaultyServer(faulty, { hangAfterBytes: 100 });
  await pointAt(server);
  await make(first, 1000);
  const child = spawn(root.path("opt/honeypot/scripts/transfer.sh"), [], {
    env: { ...root.environment, transfer_pause_seconds: "0" },
    stdio: "ignore",
  });
  await waitFor("the upload", async () => (await there(faulty)).includes(`${first}.part`));
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  assert.is(await root.read(`${state}/transfer.running`), `${child.pid} ${boot}`);
  const ended = new Promise((resolve) => child.once("close", resolve));
  killTree(child.pid ?? 0);
  await ended;
  assert.ok(await root.exists(`${state}/transfer.running`));
  await server.close();
  await transfer();
  assert.not(await root.exists(`${state}/transfer.running`));
});

withSshd(test, "a transfer that dies of an error records that", async () => {
  await root.stub("sftp", "exit 0");
  await root.stub("mktemp", "exit 1");
  await root.write(`${state}/transfer.last`, "1 ok sent 1 archives, 1 bytes\n");
  assert.is((await transfer()).code, 1);
  assert.match(await root.read(`${state}/transfer.last`), /^\d{4,} failed stopped with exit code 1\n$/);
});

/** The configuration in docs/transfer.md, without the lines with paths of that machine. */
async function appendOnly(): Promise<string> {
  const page = await readFile("docs/transfer.md", "utf8");
  const block = /```sshd_config\nMatch User .*\n([\s\S]+?)```/.exec(page)?.[1] ?? "";
  return block.replace(/^ *(AuthorizedKeysFile|ChrootDirectory) .*\n/gm, "");
}

withRoot(
  test,
  "on an append-only server interrupted uploads restart, and existing files do not change",
  async () => {
    const server = await startSftpServer({ user: "nobody", configuration: await appendOnly() });
    try {
      await use(server, { TRANSFER_KEEP_DAYS: "7" });
      const old = "attic-pi_home_2020-01-01_03-00-00.zip";
      await putArchive(server.folder, old, 5);
      const bytes = await make(first, 500_000);
      await make(third, 10);
      // Two archives of an earlier run, with the owner that this server assigns.
      for (const suffix of [".part", ".sha256.part"]) {
        await writeFile(join(server.folder, `${first}${suffix}`), bytes.subarray(0, 50), { mode: 0o444 });
        await execute("chown", ["nobody", join(server.folder, `${first}${suffix}`)]);
      }
      const outcome = await transfer();
      assert.is(outcome.code, 0, outcome.stderr);
      assert.is(await arrived(first, server.folder), sha256(bytes));
      const names = (await there(server.folder)).map((name) => name.replace(/\d{9,}$/, "TIME"));
      assert.equal(
        names,
        [
          ...[old, first, third].flatMap((name) => [name, `${name}.sha256`]),
          `${first}.part.TIME`,
          `${first}.sha256.part.TIME`,
        ].sort(),
      );
      assert.match(await lastLine(), /1 archives older than 7 days stay on the server/);

      // A stranger on the sensor has its key and OpenSSH.
      const attacks = [
        `rm ${first}`,
        `put /etc/passwd ${first}`,
        `reput /etc/services ${first}`,
        `rename ${third} ${first}`,
        `chmod 666 ${first}`,
        `ln ${first} again`,
        `symlink ${first} again`,
        "mkdir folder",
      ];
      for (const attack of attacks) {
        const batch = await root.write("batch", `cd ${server.path}\n${attack}\n`);
        const { code } = await execute("sftp", [
          "-b",
          batch,
          "-F",
          "none",
          "-P",
          String(server.port),
          "-i",
          root.path("etc/honeypot/secrets/transfer_key"),
          "-o",
          "StrictHostKeyChecking=no",
          "-o",
          "UserKnownHostsFile=/dev/null",
          "nobody@127.0.0.1",
        ]);
        assert.is(code, 1, attack);
      }
      assert.is(await arrived(first, server.folder), sha256(bytes));
      assert.is((await stat(join(server.folder, first))).mode & 0o222, 0);
    } finally {
      await server.remove();
    }
  },
);

const entry = (size: string, name: string) => `-rw-r--r-- ? 0 0 ${size} Nov 27 09:22 ${name}`;
const command = "BASH_VERSINFO[$(>canary)]";
const newer = ["attic-pi_home_2099-01-01_00-00-00.zip", "attic-pi_home_2099-01-01_00-00-00.zip.sha256"];
const planted: readonly (readonly [name: string, plant: (folder: string) => Promise<void>])[] = [
  ["in a name", (folder) => writeFile(join(folder, `x\n${entry(command, `${first}.part`)}\n`), "")],
  [
    "below a folder of that name",
    async (folder) => {
      await mkdir(join(folder, `${first}.part`));
      await writeFile(join(folder, `${first}.part`, `x\n${entry("1000", `${first}.part`)}\n`), "");
    },
  ],
  [
    "as newer archives of a set",
    (folder) =>
      writeFile(join(folder, ["x", ...newer, ...newer.map((name) => entry("5", name)), "x"].join("\n")), ""),
  ],
];
for (const [name, plant] of planted)
  withSshd(test, `a line that is forged ${name} is not believed, and not run`, async () => {
    await plant(sshd.folder);
    const kept = "attic-pi_home_2020-01-01_03-00-00.zip";
    await putArchive(sshd.folder, kept, 5);
    await pointAt(sshd, { TRANSFER_KEEP_DAYS: "7" });
    const bytes = await make(first, 1000);
    const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
      environment: { transfer_pause_seconds: "0" },
      wrapper: ["env", "--chdir", root.path("tmp")],
    });
    assert.is(await root.exists("tmp/canary"), false);
    const isInTheWay = name.startsWith("below");
    assert.is(outcome.code, isInTheWay ? 1 : 0, outcome.stderr);
    if (isInTheWay) assert.match(await lastLine(), /does not report the size of this file/);
    else assert.is(await arrived(first), sha256(bytes));
    assert.ok((await there()).includes(kept));
  });

withSshd(test, "a login with an @ and a path with blanks", async () => {
  const server = await startFaultyServer(faulty);
  await pointAt(server, { TRANSFER_USER: "sensor@example.org", TRANSFER_PATH: "/Backup Größe (2)" });
  await make(first, 10);
  const outcome = await transfer();
  assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(server.users(), ["sensor@example.org"]);
  assert.equal(await there(join(faulty, "Backup Größe (2)")), [first, `${first}.sha256`]);
  await server.close();
});

test.run();
