import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startFaultyServer } from "../support/faulty-sftp-server.ts";
import { needs } from "../support/needs.ts";
import { putArchive, sha256 } from "../support/remote-archives.ts";
import {
  arrived,
  backups,
  faulty,
  first,
  lastLine,
  ledger,
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
} from "../support/transfer-sensor.ts";

const test = suite("templates/transfer");
prepareTransfer(test);
const withSshd = needs("sshd", "sftp", "ssh-keygen", "timeout");

withSshd(test, "sends each archive once, its checksum last, and records that", async () => {
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

withSshd(test, "sends all archives again to another server", async () => {
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
  withSshd(test, `finishes a part that ${name}`, async () => {
    const bytes = await make(first, 1000);
    await writeFile(join(sshd.folder, `${first}.part`), Buffer.concat([bytes, Buffer.alloc(length - 1000)]));
    const outcome = await transfer();
    assert.is(outcome.code, 0, outcome.stderr);
    assert.is(await arrived(first), sha256(bytes));
    assert.equal(await there(), [first, `${first}.sha256`]);
  });

const interrupted: readonly (readonly [name: string, files: readonly string[]])[] = [
  ["before the archive was renamed", [".part", ".sha256.part"]],
  ["between the two names", ["", ".sha256.part"]],
  ["before the ledger", ["", ".sha256"]],
];

for (const [name, files] of interrupted)
  withSshd(test, `finishes a run that was interrupted ${name}`, async () => {
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
  ["and a checksum", true],
  ["and no checksum", false],
] as const)
  withSshd(test, `leaves an archive with other content ${name} unchanged, and sends the others`, async () => {
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
  });

withSshd(test, "stops if another transfer is running", async () => {
  await make(first, 10);
  const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
    wrapper: ["flock", root.path("run/honeypot/transfer.lock")],
  });
  assert.is(outcome.code, 75);
});

withSshd(
  test,
  "resolves the server for the capture, and restarts the capture when an address changes",
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

withSshd(
  test,
  "deletes old archives on the server, but never the newest of a set or those of other sensors",
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

withSshd(test, "deletes nothing while the clock is not synchronised", async () => {
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

withSshd(test, "sets a damaged archive aside, so that its set is packed again", async () => {
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

withSshd(test, "leaves a damaged archive in place while a backup runs", async () => {
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
  withSshd(test, `neither trusts nor runs a line that is forged ${name}`, async () => {
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

withSshd(test, "accepts a login with an @ and a path with blanks", async () => {
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
