import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/emulation/free-port.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { anotherHostKey, type Faults, startFaultyServer } from "../support/faulty-sftp-server.ts";
import { killTree, processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { putArchive, sha256 } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { startSftpServer } from "../support/sftp-server.ts";
import {
  arrived,
  faulty,
  first,
  lastLine,
  make,
  pointAt,
  prepareTransfer,
  root,
  second,
  sshd,
  state,
  there,
  third,
  transfer,
  use,
} from "../support/transfer-sensor.ts";

const test = suite("templates/transfer, faults");
prepareTransfer(test);
const withSshd = needs("sshd", "sftp", "ssh-keygen", "timeout");
const withRoot = needs("sshd", "sftp", "ssh-keygen", "timeout", "root");
const withMount = needs("sshd", "sftp", "ssh-keygen", "timeout", "mount", "root");

withSshd(test, "sends nothing to a server with another host key, and does not retry", async () => {
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

withSshd(test, "reports a refused login", async () => {
  await make(first, 10);
  await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(faulty, "key")]);
  await root.write("etc/honeypot/secrets/transfer_key", await readFile(join(faulty, "key")), { mode: 0o600 });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: 127\.0\.0\.1 refuses the key of \S+/);
});

withSshd(test, "reports a folder that cannot be created", async () => {
  await make(first, 10);
  await pointAt(sshd, { TRANSFER_PATH: "/nowhere/at/all" });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: \/nowhere\/at\/all: .*No such file; sent 0/);
});

withSshd(test, "reports a read-only server for each archive, and leaves no partial file", async () => {
  const readOnly = await startSftpServer({ configuration: "ForceCommand internal-sftp -R" });
  await make(first, 10);
  await pointAt(readOnly, { TRANSFER_PATH: readOnly.path });
  await root.write("etc/honeypot/secrets/transfer_key", readOnly.privateKey, { mode: 0o600 });
  assert.is((await transfer()).code, 1);
  assert.match(await lastLine(), /failed: attic-pi_dshield_logs\S*: .*Permission denied; sent 0 archives/);
  assert.equal(await there(readOnly.folder), []);
  await readOnly.remove();
});

test("tries a closed port six times, then reports it", async () => {
  await make(first, 10);
  await pointAt({ port: await freePort(), hostKey: sshd.hostKey });
  const outcome = await transfer();
  assert.is(outcome.code, 1);
  assert.is(outcome.stderr.match(/Connection refused: retrying/g)?.length, 5);
  assert.match(await lastLine(), /failed: ssh: connect to host 127\.0\.0\.1 port \d+: Connection refused/);
});

const faults: readonly (readonly [name: string, faults: Faults])[] = [
  ["without posix-rename", {}],
  ["that drops two connections in the middle of a file", { dropAfterBytes: 400_000, faultyConnections: 3 }],
  ["that hangs in the middle of a file, once", { hangAfterBytes: 400_000, faultyConnections: 2 }],
];

for (const [name, fault] of faults)
  withSshd(test, `sends everything to a server ${name}`, async () => {
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

withSshd(test, "stops in time at a server that hangs, and leaves only partial files", async () => {
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

withMount(test, "leaves no partial file on a full disk, and the next run recovers", async () => {
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

withRoot(test, "succeeds with a note if the server refuses to delete", async () => {
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

for (const [name, signals] of [
  ["SIGTERM", 1],
  ["SIGTERM twice in a row", 2],
] as const)
  withSshd(test, `records a stop by ${name}, and leaves no process`, async () => {
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

withSshd(test, "leaves a mark when it is killed, which the next transfer removes", async () => {
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

withSshd(test, "records an unexpected error", async () => {
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
  "restarts interrupted uploads on an append-only server, and changes no existing file",
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

test.run();
