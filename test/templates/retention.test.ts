import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chown,
  type FileHandle,
  mkdir,
  open,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import {
  execute,
  makeScratchRoot,
  type Outcome,
  type RunOptions,
  type ScratchRoot,
} from "../support/scratch-root.ts";

const retention = suite("templates/retention");
const dumps = "var/lib/honeypot/dumps";
const state = "var/lib/honeypot/state";
const logs = "var/log/honeypot";
const backups = "var/backups/honeypot";
const day = 24;

// --- sealing

retention("seals and renames closed captures, and leaves the one that is being written", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${dumps}/attic-pi_2026-11-23_00-00-00.pcap`, "a");
    await root.write(`${dumps}/attic-pi_2026-11-23_00-00-00.pcap1`, "b");
    await root.write(`${dumps}/attic-pi_2026-11-23_00-00-00.pcap12`, "c");
    await withOpen(root, `${dumps}/attic-pi_2026-11-24_00-00-00.pcap3`, async (file) => {
      await expectQuiet(root);
      await file.write("more");
      assert.equal(await list(root, dumps), [
        "attic-pi_2026-11-23_00-00-00.pcap",
        "attic-pi_2026-11-23_00-00-00_1.pcap",
        "attic-pi_2026-11-23_00-00-00_12.pcap",
        "attic-pi_2026-11-24_00-00-00.pcap3",
      ]);
      const modes = await Promise.all(
        (await list(root, dumps)).map((name) => modeOf(root, `${dumps}/${name}`)),
      );
      assert.equal(modes, [0o444, 0o444, 0o444, 0o644]);
    });
    // The capture has ended: now the last one is closed too.
    await expectQuiet(root);
    assert.ok(await root.exists(`${dumps}/attic-pi_2026-11-24_00-00-00_3.pcap`));
  });
});

retention("makes a capture read-only only when it has its last name", async () => {
  await withRoot({}, async (root) => {
    // backup.sh may run at any time: it takes read-only files by their names.
    await root.write(`${dumps}/x.pcap1`, "a", { mode: 0o600 });
    const patch = `
rename = os.rename
def showing(old, new, src_dir_fd, dst_dir_fd):
    print(oct(os.stat(old, dir_fd=src_dir_fd).st_mode))
    rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
os.rename = showing`;
    assert.equal(await runPatched(root, patch), { code: 0, stdout: "0o100600\n", stderr: "" });
    assert.is(await modeOf(root, `${dumps}/x_1.pcap`), 0o400);
  });
});

retention("renames onto no other file", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${dumps}/x.pcap1`, "new");
    await root.write(`${dumps}/x_1.pcap`, "old");
    await expectQuiet(root);
    assert.is(await root.read(`${dumps}/x_1.pcap`), "old");
    assert.is(await root.read(`${dumps}/x.pcap1`), "new");
  });
});

needs("setpriv")(retention, "stops without changes if it cannot find out which files are open", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${dumps}/x.pcap1`, "a", { ageHours: 100 * day });
    await chown(root.path(`${dumps}/x.pcap1`), 12345, 12345);
    const { code, stderr } = await run(root, { wrapper: ["setpriv", "--bounding-set=-lease"] });
    assert.is(code, 1, stderr);
    assert.match(
      await root.read(`${state}/retention.last`),
      / failed cannot seal '.*x\.pcap1': Permission denied\n$/,
    );
    assert.equal(await list(root, dumps), ["x.pcap1"]);
  });
});

retention("has nothing to say and nothing to write when there is nothing to do", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${dumps}/x.pcap`, "a");
    await root.write(`${logs}/cowrie/cowrie.json.2026-11-23`, "{}");
    await root.write(`${backups}/attic-pi_logs_2026-11-23_03-00-00.zip`, "z");
    await expectQuiet(root);
    // It writes only its first result, until that is six hours old.
    assert.equal(await list(root, state), ["retention.last"]);
    const result = `${state}/retention.last`;
    assert.match(await root.read(result), /^\d+ ok nothing was due\n$/);
    const written = await stat(root.path(result));
    await expectQuiet(root);
    assert.is((await stat(root.path(result))).ino, written.ino);
    const old = `${Math.round(Date.now() / 1000) - 7 * 3600} ok nothing was due\n`;
    await root.write(result, old);
    await expectQuiet(root);
    assert.is.not(await root.read(result), old);
    assert.is(await root.exists(`${logs}/retention.log`), false);
  });
});

retention("is quiet before the first boot has made the directories", async () => {
  await withRoot({}, async (root) => {
    await execute("rmdir", [root.path(dumps)]);
    await expectQuiet(root);
  });
});

// --- by age

const ages: readonly (readonly [what: string, setting: string, file: string])[] = [
  ["captures", "CAPTURE_KEEP_DAYS", `${dumps}/x.pcap`],
  ["collected logs", "LOGS_KEEP_DAYS", `${logs}/webhoneypot/webhoneypot_2026-11-01.json.gz`],
  ["collected files in folders", "LOGS_KEEP_DAYS", `${logs}/cowrie/downloads/0a1b`],
  ["archives", "BACKUP_KEEP_DAYS", `${backups}/attic-pi_logs_2026-11-01_03-00-00.zip`],
];

for (const [what, setting, file] of ages)
  retention(`deletes ${what} older than N days, not N + 1`, async () => {
    const forever = { CAPTURE_KEEP_DAYS: "999", LOGS_KEEP_DAYS: "999", BACKUP_KEEP_DAYS: "999" };
    await withRoot({ ...forever, [setting]: "3" }, async (root) => {
      await root.write(`${backups}/attic-pi_logs_2026-11-24_03-00-00.zip`, "the newest");
      await root.write(file, "x", { ageHours: 3 * day - 0.1 });
      await expectQuiet(root);
      assert.ok(await root.exists(file));

      await root.write(`${file}.other`, "x", { ageHours: 3 * day - 0.1 });
      await utimes(root.path(file), 0, Date.now() / 1000 - 3 * day * 3600 - 60);
      const { code, stderr } = await run(root);
      assert.is(code, 0, stderr);
      assert.is(await root.exists(file), false);
      assert.ok(await root.exists(`${file}.other`));
      assert.match(stderr, /^\S+Z retention: deleted '.*': older than 3 days\n$/);
      assert.is(await root.read(`${logs}/retention.log`), stderr);
      assert.match(await root.read(`${state}/retention.last`), /^\d+ ok deleted '.*': older than 3 days\n$/);
    });
  });

retention(
  "keeps the newest archive of each set, however old, and deletes the others with their sums",
  async () => {
    await withRoot({ BACKUP_KEEP_DAYS: "3" }, async (root) => {
      const archives = [
        "attic-pi_dshield_logs_2026-10-01_03-00-00.zip",
        "attic-pi_dshield_logs_2026-10-02_03-00-00.7z",
        "attic-pi_logs_2026-10-01_03-00-00.tar.zst.age",
        "attic-pi_logs_2026-10-01_03-00-01.tar.zst.age",
        "attic-pi_srv_2026-10-01_03-00-00.zip",
        "attic-pi_srv_2026-11-24_03-00-00.zip",
      ];
      // The names decide which archive is the newest, not the times: a copy of an archive has a new time.
      for (const [index, name] of archives.entries())
        for (const suffix of ["", ".sha256"])
          await root.write(`${backups}/${name}${suffix}`, "x", { ageHours: 50 * day + index });
      const foreign = [
        "attic-pi_logs_2026-10-01_03-00-00.zip.part",
        "notes.zip",
        "attic-pi_logs_2026-10-01.zip",
      ];
      for (const name of foreign) await root.write(`${backups}/${name}`, "x", { ageHours: 50 * day });
      assert.is((await run(root)).code, 0);
      assert.equal(await list(root, backups), [
        "attic-pi_dshield_logs_2026-10-02_03-00-00.7z",
        "attic-pi_dshield_logs_2026-10-02_03-00-00.7z.sha256",
        "attic-pi_logs_2026-10-01.zip",
        "attic-pi_logs_2026-10-01_03-00-00.zip.part",
        "attic-pi_logs_2026-10-01_03-00-01.tar.zst.age",
        "attic-pi_logs_2026-10-01_03-00-01.tar.zst.age.sha256",
        "attic-pi_srv_2026-11-24_03-00-00.zip",
        "attic-pi_srv_2026-11-24_03-00-00.zip.sha256",
        "notes.zip",
      ]);
    });
  },
);

retention("keeps old archives until they are transferred", async () => {
  await withRoot({ BACKUP_KEEP_DAYS: "3", TRANSFER_HOST: "192.0.2.9" }, async (root) => {
    const names = [1, 2, 3].map((date) => `attic-pi_logs_2026-11-0${date}_03-00-00.zip`);
    for (const name of names) await root.write(`${backups}/${name}`, "x", { ageHours: 9 * day });
    await expectQuiet(root);
    // Only a line that equals the name counts: not a line that contains it, and not an empty one.
    await root.write(`${state}/transferred`, `${names[0]}.part\n\n${names[1]}\n${names[2]}\n`);
    assert.is((await run(root)).code, 0);
    assert.equal(await list(root, backups), [names[0], names[2]]);
  });
});

retention("does not delete an old capture that is being written", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3" }, async (root) => {
    await withOpen(root, `${dumps}/quiet.pcap`, async () => {
      await utimes(root.path(`${dumps}/quiet.pcap`), 0, 0);
      await expectQuiet(root);
      assert.ok(await root.exists(`${dumps}/quiet.pcap`));
    });
  });
});

retention("deletes names with odd characters, and nothing they could be taken for", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3", LOGS_KEEP_DAYS: "3" }, async (root) => {
    const odd = [
      "a\nb.pcap",
      "-rf.pcap",
      "*.pcap",
      "$(touch evil).pcap",
      " .pcap",
      "a'\"b.pcap",
      "x]y[z.pcap7",
    ];
    for (const name of odd) await root.write(`${dumps}/${name}`, "x", { ageHours: 4 * day });
    for (const name of ["a", "b.pcap", "fresh.pcap"]) await root.write(`${dumps}/${name}`, "x");
    await root.write(`${logs}/cowrie/tty/new\nline`, "x", { ageHours: 4 * day });
    await root.write(`${logs}/cowrie/tty/line`, "x");
    const { code, stderr } = await run(root);
    assert.is(code, 0, stderr);
    assert.equal(await list(root, dumps), ["a", "b.pcap", "fresh.pcap"]);
    assert.equal(await list(root, `${logs}/cowrie/tty`), ["line"]);
    const lines = stderr.trimEnd().split("\n");
    assert.is(lines.length, odd.length + 1);
    for (const line of lines) assert.match(line, / retention: deleted /);
  });
});

retention("follows no symlink out of its directories", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3", LOGS_KEEP_DAYS: "3", BACKUP_KEEP_DAYS: "3" }, async (root) => {
    const outside = ["x.pcap", "y.pcap1", "old.json", "attic-pi_logs_2026-10-01_03-00-00.zip"];
    for (const name of outside) await root.write(`elsewhere/${name}`, "precious", { ageHours: 50 * day });
    await symlink(root.path("elsewhere/x.pcap"), root.path(`${dumps}/x.pcap`));
    await symlink(root.path("elsewhere/y.pcap1"), root.path(`${dumps}/y.pcap1`));
    await symlink(root.path("elsewhere"), root.path(`${dumps}/folder.pcap`));
    await symlink(root.path("elsewhere"), root.path(`${logs}/cowrie/folder`));
    await symlink(root.path(`elsewhere/${outside[3]}`), root.path(`${backups}/${outside[3]}`));
    await root.write(`${backups}/attic-pi_logs_2026-11-01_03-00-00.zip`, "x");
    // Nor a subfolder of the captures.
    await root.write(`${dumps}/mine/z.pcap`, "x", { mode: 0o400, ageHours: 50 * day });
    await expectQuiet(root);
    for (const name of outside) {
      assert.is(await root.read(`elsewhere/${name}`), "precious");
      assert.is(await modeOf(root, `elsewhere/${name}`), 0o644);
    }
    assert.ok(await root.exists(`${dumps}/mine/z.pcap`));
    assert.equal(await list(root, dumps), ["folder.pcap", "mine", "x.pcap", "y.pcap1"]);
  });
});

needs("mount")(retention, "says so when a file cannot be deleted, and deletes the others", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3" }, async (root) => {
    const stuck = await root.write(`${dumps}/stuck.pcap`, "x", { ageHours: 5 * day, mode: 0o400 });
    await root.write(`${dumps}/loose.pcap`, "x", { ageHours: 4 * day });
    assert.is((await execute("mount", ["--bind", stuck, stuck])).code, 0);
    try {
      const { code, stderr } = await run(root);
      assert.is(code, 1, stderr);
      assert.equal(await list(root, dumps), ["stuck.pcap"]);
      assert.match(
        await root.read(`${state}/retention.last`),
        /^\d+ failed cannot delete '.*stuck\.pcap': Device or resource busy\n$/,
      );
    } finally {
      await execute("umount", [stuck]);
    }
    assert.is((await run(root)).code, 0);
    assert.match(await root.read(`${state}/retention.last`), /^\d+ ok deleted '.*stuck\.pcap': /);
  });
});

// --- beside a backup

retention("keeps files that a running backup may read until it has ended", async () => {
  const settings = { CAPTURE_KEEP_DAYS: "3", LOGS_KEEP_DAYS: "3", BACKUP_KEEP_DAYS: "3" };
  await withRoot(settings, async (root) => {
    const read = [`${dumps}/x.pcap`, `${logs}/firewall/dshield.log.1`];
    for (const file of read) await root.write(file, "x", { ageHours: 4 * day });
    const archives = ["attic-pi_logs_2026-11-01_03-00-00.zip", "attic-pi_logs_2026-11-02_03-00-00.zip"];
    for (const name of archives) await root.write(`${backups}/${name}`, "x", { ageHours: 4 * day });
    await whileBackupRuns(root, async () => {
      assert.is((await run(root)).code, 0);
      for (const file of read) assert.ok(await root.exists(file));
      // No backup reads archives.
      assert.equal(await list(root, backups), [archives[1]]);
    });
    assert.is((await run(root)).code, 0);
    for (const file of read) assert.is(await root.exists(file), false);
  });
});

retention("prevents a backup from starting while it deletes files that a backup would read", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3" }, async (root) => {
    await root.write(`${dumps}/x.pcap`, "x", { ageHours: 4 * day });
    const patch = `
import subprocess
unlink = os.unlink
def asking(name, dir_fd=None):
    lock = os.environ["HONEYPOT_ROOT"] + "/run/honeypot/backup.lock"
    print(name, subprocess.run(["flock", "--nonblock", lock, "true"]).returncode, flush=True)
    unlink(name, dir_fd=dir_fd)
os.unlink = asking`;
    const { code, stdout } = await runPatched(root, patch);
    assert.is(code, 0);
    assert.is(stdout, "x.pcap 1\nx.pcap.sha256 1\n");
  });
});

retention("has the backup's lock for a few seconds only, also to delete 300 captures", async () => {
  for (const settings of [
    { CAPTURE_KEEP_DAYS: "3" },
    { CAPTURE_KEEP_DAYS: "30", DISK_MAX_USED_PERCENT: "0" },
  ] as const)
    await withRoot(settings, async (root) => {
      // Each of them lasts on a busy disk.
      await root.stub("sync", 'echo "$*" >>"$HONEYPOT_ROOT/syncs"; sleep 0.1');
      await root.stub("systemctl", "");
      await root.write("syncs", "");
      for (let count = 0; count < 300; count++)
        await root.write(`${dumps}/${count}.pcap`, "x", { ageHours: 4 * day, mode: 0o400 });
      const begun = performance.now();
      assert.is((await run(root)).code, 0);
      assert.ok(performance.now() - begun < 15_000);
      assert.equal(await list(root, dumps), []);
      assert.ok((await root.read("syncs")).split("\n").length <= 3);
    });
});

// --- by disk use

type Disk = {
  readonly captures: readonly string[];
  readonly archives: readonly string[];
  readonly transferred?: readonly string[];
  /** Megabytes in use that retention may not touch. */
  readonly other: number;
  readonly backupRuns?: boolean;
  readonly left: readonly string[];
  readonly isPaused: boolean;
};

const a = ["attic-pi_home_2026-11-01_03-00-00.zip", "attic-pi_home_2026-11-02_03-00-00.zip"] as const;
const b = ["attic-pi_logs_2026-11-01_04-00-00.zip", "attic-pi_logs_2026-11-03_03-00-00.zip"] as const;
const newest = [a[1], b[1]];

// A disk of 40 MB, at most half of it used; every file has 2 MB, the oldest first.
const disks: readonly (readonly [name: string, disk: Disk])[] = [
  [
    "deletes nothing below the limit",
    { captures: ["1.pcap"], archives: [...a, ...b], other: 8, left: ["1.pcap", ...a, ...b], isPaused: false },
  ],
  [
    "deletes the oldest captures, no more than it must",
    {
      captures: ["9.pcap", "1.pcap", "5.pcap"],
      archives: [...a, ...b],
      transferred: [...a, ...b],
      other: 10,
      left: ["5.pcap", ...a, ...b],
      isPaused: false,
    },
  ],
  [
    "deletes transferred archives after all captures, before older ones that were not transferred",
    {
      captures: ["1.pcap"],
      archives: [...a, ...b],
      // A line that only contains the name does not count.
      transferred: [`${a[0]}.part`, b[0], b[1]],
      other: 13,
      left: [...a, b[1]],
      isPaused: false,
    },
  ],
  [
    "deletes archives that were not transferred as the last resort, the oldest first",
    { captures: ["1.pcap"], archives: [b[0], ...a, b[1]], other: 13, left: [...a, b[1]], isPaused: false },
  ],
  [
    "pauses the capture when only the newest archives are left",
    {
      captures: ["1.pcap"],
      archives: [...a, ...b],
      transferred: [...newest],
      other: 18,
      left: newest,
      isPaused: true,
    },
  ],
  [
    "beside a backup deletes only transferred archives, and pauses the capture",
    {
      captures: ["1.pcap", "2.pcap"],
      archives: [...a, ...b],
      transferred: [b[0]],
      other: 13,
      backupRuns: true,
      left: ["1.pcap", "2.pcap", ...a, b[1]],
      isPaused: true,
    },
  ],
];

for (const [name, disk] of disks)
  needs("mount")(retention, name, async () => {
    await withDisk(async (root) => {
      const inTime = [
        ...disk.captures.map((file) => `${dumps}/${file}`),
        ...disk.archives.map((file) => `${backups}/${file}`),
      ];
      for (const [index, file] of inTime.entries())
        await root.write(file, Buffer.alloc(2e6), { ageHours: inTime.length - index, mode: 0o400 });
      await root.write("var/other", Buffer.alloc(disk.other * 1e6));
      if (disk.transferred) await root.write(`${state}/transferred`, `${disk.transferred.join("\n")}\n`);
      const body = async (): Promise<void> => {
        const { code, stderr } = await run(root);
        assert.is(code, 0, stderr);
        assert.equal(
          [...(await list(root, dumps)), ...(await list(root, backups))].sort(),
          [...disk.left].sort(),
        );
        assert.is(await root.exists(`${state}/capture.paused`), disk.isPaused);
        const calls = (await root.read("systemctl.calls")).trimEnd().split("\n");
        assert.is(calls.includes("stop honeypot-capture.service"), disk.isPaused);
        const gone = inTime.length - disk.left.length;
        assert.is(stderr.split("\n").filter((line) => line.includes("at 50% disk use")).length, gone);
      };
      await (disk.backupRuns ? whileBackupRuns(root, body) : body());
    });
  });

needs("mount")(
  retention,
  "pauses a capture whose only file fills the disk, and resumes when there is room",
  async () => {
    await withDisk(async (root) => {
      await withOpen(root, `${dumps}/x.pcap1`, async (file) => {
        await file.write(Buffer.alloc(25e6));
        const { stderr } = await run(root);
        assert.match(stderr, /^\S+ retention: capture paused: .*\n$/);
        assert.match(await root.read(`${state}/capture.last`), /^\d+ failed paused: /);
        assert.equal(await list(root, dumps), ["x.pcap1"]);
        // Reported once, repeated each minute: a reboot starts the capture again.
        await root.write("systemctl.calls", "");
        await expectQuiet(root);
        assert.match(await root.read("systemctl.calls"), /^stop honeypot-capture\.service$/m);
      });
      // The capture was stopped, so its file is closed now.
      const { code, stderr } = await run(root);
      assert.is(code, 0, stderr);
      assert.match(stderr, /deleted '.*x_1\.pcap': oldest capture at 50% disk use\n.*capture resumed\n$/s);
      assert.match(await root.read("systemctl.calls"), /^start --no-block honeypot-capture\.service$/m);
      assert.is(await root.exists(`${state}/capture.paused`), false);
      await root.write("systemctl.calls", "");
      await expectQuiet(root);
      assert.not.match(await root.read("systemctl.calls"), /^(start|stop)/m);
    });
  },
);

needs("mount")(retention, "deletes by age and by disk use in one run", async () => {
  await withDisk(async (root) => {
    await root.write(`${dumps}/aged.pcap`, Buffer.alloc(2e6), { ageHours: 15 * day, mode: 0o400 });
    await root.write(`${dumps}/old.pcap`, Buffer.alloc(2e6), { ageHours: 13 * day, mode: 0o400 });
    await root.write("var/other", Buffer.alloc(20e6));
    const { code, stderr } = await run(root);
    assert.is(code, 0, stderr);
    assert.match(stderr, /aged\.pcap': older than 14 days\n.*old\.pcap': oldest capture at 50% disk use\n$/);
    assert.equal(await list(root, dumps), []);
    assert.is(await root.exists(`${state}/capture.paused`), false);
  });
});

needs("mount")(retention, "counts each file system by itself", async () => {
  await withDisk(async (root) => {
    await execute("mount", ["-t", "tmpfs", "-o", "size=10m", "none", root.path(backups)]);
    try {
      for (const name of a) await root.write(`${backups}/${name}`, Buffer.alloc(3e6));
      await root.write(`${dumps}/x.pcap`, Buffer.alloc(2e6));
      assert.is((await run(root)).code, 0);
      assert.equal(await list(root, backups), [a[1]]);
      assert.equal(await list(root, dumps), ["x.pcap"]);
    } finally {
      await execute("umount", [root.path(backups)]);
    }
  });
});

// --- trusted inputs, and leftovers

const allKinds = { CAPTURE_KEEP_DAYS: "3", LOGS_KEEP_DAYS: "3", BACKUP_KEEP_DAYS: "3" };
const oldFiles = [
  `${dumps}/x.pcap`,
  `${logs}/firewall/dshield_2026-11-01.log.gz`,
  `${backups}/attic-pi_logs_2026-11-01_03-00-00.zip`,
];

const doubts: readonly (readonly [name: string, doubt: (root: ScratchRoot) => Promise<void>, why: RegExp])[] =
  [
    [
      "the clock is not synchronised",
      (root) => root.stub("timedatectl", "echo no"),
      /the clock is not synchronised with a time server$/,
    ],
    [
      "the clock has jumped 40 days ahead since the last run",
      async (root) => {
        // The last run of the boot before was 40 days ago.
        await root.write(`${state}/retention.last`, `${seconds() - 40 * 86400} ok nothing was due\n`);
      },
      /the clock moved from \S+ \S+ UTC to \S+ \S+ UTC at once .*clock\.jumped$/,
    ],
  ];
for (const [name, doubt, why] of doubts)
  retention(`deletes nothing by age when ${name}, and says so`, async () => {
    await withRoot(allKinds, async (root) => {
      for (const file of oldFiles) await root.write(file, "x", { ageHours: 40 * day });
      await root.write(`${backups}/attic-pi_logs_2026-11-24_03-00-00.zip`, "the newest");
      await doubt(root);
      for (let time = 0; time < 2; time++) {
        await expectQuiet(root);
        for (const file of oldFiles) assert.ok(await root.exists(file), file);
        const notes = (await root.read(`${state}/retention.notes`)).trimEnd();
        assert.match(notes, /^bad: nothing is deleted by age: /);
        assert.match(notes, why);
      }
      assert.is(await modeOf(root, `${state}/retention.notes`), 0o644);
      // An admin checks the clock and confirms it.
      await root.stub("timedatectl", "echo yes");
      await execute("rm", ["--force", root.path(`${state}/clock.jumped`)]);
      assert.is((await run(root)).code, 0);
      for (const file of oldFiles) assert.not(await root.exists(file), file);
      assert.not(await root.exists(`${state}/retention.notes`));
    });
  });

retention("keeps an old capture until an archive holds it, and says so", async () => {
  await withRoot({ CAPTURE_KEEP_DAYS: "3", BACKUP_SETS: "dumps logs" }, async (root) => {
    for (const name of ["held", "only"])
      await root.write(`${dumps}/${name}.pcap`, name, { ageHours: 4 * day, mode: 0o400 });
    await archive(root, ["held"]);
    assert.is((await run(root)).code, 0);
    assert.equal(await list(root, dumps), ["only.pcap"]);
    assert.is(
      await root.read(`${state}/retention.notes`),
      "bad: captures older than 3 days that are kept because they are in no archive: 1\n",
    );
    // A file of the same name with other content is a different file.
    await archive(root, ["only"]);
    await root.write(`${dumps}/only.pcap`, "longer", { ageHours: 4 * day });
    await expectQuiet(root);
    await archive(root, ["only"]);
    assert.is((await run(root)).code, 0);
    assert.equal(await list(root, dumps), []);
    assert.not(await root.exists(`${state}/retention.notes`));
  });
});

needs("mount")(
  retention,
  "by disk use deletes captures in no archive last, and reports it for a week",
  async () => {
    await withDisk(
      async (root) => {
        for (const [index, name] of ["1", "2", "3", "4"].entries())
          await root.write(`${dumps}/${name}.pcap`, Buffer.alloc(2e6), { ageHours: 9 - index, mode: 0o400 });
        await archive(root, ["2", "3"]);
        const notesAfter = async (megabytes: number): Promise<readonly string[]> => {
          await root.write("var/other", Buffer.alloc(megabytes * 1e6));
          assert.is((await run(root)).code, 0);
          return (await root.read(`${state}/retention.notes`)).replaceAll(`${root.root}/`, "").split("\n");
        };
        const today = new Date().toISOString().slice(0, 10);
        const held = (count: number, last: string): string =>
          `note: ${today}: deleted captures: ${count} (at 50% disk use; the last: '${dumps}/${last}.pcap')`;
        assert.equal(await notesAfter(13), [held(1, "2"), ""]);
        assert.equal(await list(root, dumps), ["1.pcap", "3.pcap", "4.pcap"]);
        assert.equal(await notesAfter(15), [held(2, "3"), ""]);
        assert.equal(await list(root, dumps), ["1.pcap", "4.pcap"]);
        assert.equal(await notesAfter(17), [
          `bad: ${today}: deleted captures in no archive: 1 (at 50% disk use; the last: '${dumps}/1.pcap')`,
          held(2, "3"),
          "",
        ]);
        const earlier = (days: number): string =>
          new Date(Date.now() - days * 864e5).toISOString().slice(0, 10);
        const notes = await root.read(`${state}/retention.notes`);
        await root.write(`${state}/retention.notes`, notes.replaceAll(today, earlier(6)));
        await expectQuiet(root);
        assert.is(await root.read(`${state}/retention.notes`), notes.replaceAll(today, earlier(6)));
        await root.write(`${state}/retention.notes`, notes.replaceAll(today, earlier(9)));
        await expectQuiet(root);
        assert.not(await root.exists(`${state}/retention.notes`));
      },
      { BACKUP_SETS: "dumps" },
    );
  },
);

needs("mount")(retention, "deletes many captures without syncing after each", async () => {
  await withDisk(async (root) => {
    await root.stub("sync", 'printf "%s\\n" "$*" >>"$HONEYPOT_ROOT/sync.calls"');
    for (let number = 100; number < 400; number++)
      await root.write(`${dumps}/${number}.pcap`, Buffer.alloc(1e5), { mode: 0o400, ageHours: 500 - number });
    assert.is((await run(root)).code, 0);
    const left = await list(root, dumps);
    assert.ok(left.length > 150 && left.length < 220, String(left.length));
    assert.is(left.at(-1), "399.pcap");
    assert.is((await root.read("sync.calls")).trimEnd().split("\n").length, 1);
  });
});

const broken: readonly (readonly [
  name: string,
  environment: Readonly<Record<string, string>> | undefined,
  want: RegExp,
])[] = [
  [
    "a setting is empty",
    { LOGS_KEEP_DAYS: "" },
    /failed \/etc\/default\/honeypot has no usable LOGS_KEEP_DAYS$/,
  ],
  ["a setting is no number", { LOGS_KEEP_DAYS: "a[$(id)]" }, /has no usable LOGS_KEEP_DAYS$/],
  ["all its settings are missing", undefined, /failed FileNotFoundError: .*etc\/default\/honeypot/],
];
for (const [name, environment, want] of broken)
  retention(`is recorded as failed when ${name}, and does what it still can`, async () => {
    await withRoot({ CAPTURE_KEEP_DAYS: "3", ...environment }, async (root) => {
      for (const file of oldFiles) await root.write(file, "x", { ageHours: 40 * day });
      if (environment === undefined) await execute("rm", [root.path("etc/default/honeypot")]);
      for (let time = 0; time < 2; time++) assert.is((await run(root)).code, 1);
      assert.match((await root.read(`${state}/retention.last`)).trimEnd(), want);
      assert.ok(await root.exists(oldFiles[1] as string));
      assert.is(await root.exists(oldFiles[0] as string), environment === undefined);
    });
  });

retention("reads settings that somebody has edited", async () => {
  await withRoot({}, async (root) => {
    await root.write(
      "etc/default/honeypot",
      "CAPTURE_KEEP_DAYS=3 # three\nLOGS_KEEP_DAYS='3'\nBACKUP_KEEP_DAYS=\"3\"\nDISK_MAX_USED_PERCENT=101\n",
    );
    for (const file of oldFiles.slice(0, 2)) await root.write(file, "x", { ageHours: 4 * day });
    assert.is((await run(root)).code, 0);
    for (const file of oldFiles.slice(0, 2)) assert.not(await root.exists(file), file);
  });
});

retention("records that another run has the lock", async () => {
  await withRoot({}, async (root) => {
    const { code } = await run(root, { wrapper: ["flock", root.path("run/honeypot/retention.lock")] });
    assert.is(code, 75);
    assert.match(await root.read(`${state}/retention.last`), / failed another retention is running\n$/);
    assert.is((await run(root)).code, 0);
    assert.match(await root.read(`${state}/retention.last`), / ok nothing was due\n$/);
  });
});

for (const [signal, message] of [
  ["SIGTERM", "stopped by a signal"],
  ["SIGINT", "stopped by a signal"],
  ["SIGHUP", "stopped by a signal"],
  ["SIGALRM", "did not end within 300 s"],
] as const)
  retention(`records a failure when ${signal} ends it`, async () => {
    await withRoot({}, async (root) => {
      assert.is((await run(root)).code, 0);
      assert.match(await root.read(`${state}/retention.last`), / ok /);
      await rm(root.path("run/honeypot/retention.lock"));
      // It waits for a process that writes its settings.
      await rm(root.path("etc/default/honeypot"));
      await execute("mkfifo", [root.path("etc/default/honeypot")]);
      const child = spawn("bash", [root.path("opt/honeypot/scripts/retention.sh")], {
        env: root.environment,
        stdio: "ignore",
      });
      const ended = once(child, "exit");
      while (!(await root.exists("run/honeypot/retention.lock"))) await sleep(50);
      child.kill(signal);
      await ended;
      assert.is(
        await root.read(`${state}/retention.last`).then((text) => text.replace(/^\d+ /, "")),
        `failed ${message}\n`,
      );
    });
  });

retention("says how long a backup has been running", async () => {
  await withRoot({}, async (root) => {
    await whileBackupRuns(root, async () => {
      assert.is((await run(root)).code, 0);
      assert.match(await root.read(`${state}/retention.notes`), /^note: a backup has been running since /);
      const since = seconds() - 7 * 3600;
      await utimes(root.path("run/honeypot/retention.busy"), since, since);
      assert.is((await run(root)).code, 0);
      assert.match(await root.read(`${state}/retention.notes`), /^bad: a backup has been running since /);
    });
    assert.is((await run(root)).code, 0);
    assert.not(await root.exists(`${state}/retention.notes`));
  });
});

retention("removes the files that a killed backup prepared for its archiver", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${backups}/.work/tree/home/x`, "x");
    await root.write(`${backups}/.work/attic-pi_logs_2026-11-01_03-00-00.zip`, "ledger");
    await whileBackupRuns(root, async () => {
      assert.is((await run(root)).code, 0);
      assert.ok(await root.exists(`${backups}/.work/tree/home/x`));
    });
    assert.is((await run(root)).code, 0);
    assert.equal(await list(root, `${backups}/.work`), ["attic-pi_logs_2026-11-01_03-00-00.zip"]);
  });
});

needs("unshare")(retention, "is one process when there is nothing to do", async () => {
  await withRoot({}, async (root) => {
    await root.write(`${dumps}/x.pcap`, "a");
    await root.write(`${backups}/attic-pi_logs_2026-11-23_03-00-00.zip`, "z");
    await expectQuiet(root);
    // The shell is process 1 of its namespace, retention is the second, and the last one prints its number.
    const count = await execute(
      "unshare",
      [
        "--pid",
        "--fork",
        "sh",
        "-c",
        '"$0"; sh -c "echo \\$\\$"',
        root.path("opt/honeypot/scripts/retention.sh"),
      ],
      root.environment,
    );
    assert.equal(count, { code: 0, stdout: "3\n", stderr: "" });
  });
});

retention.run();

function run(root: ScratchRoot, options?: RunOptions): Promise<Outcome> {
  return root.run("opt/honeypot/scripts/retention.sh", [], options);
}

/** Runs the program after a few lines of Python that change it. */
function runPatched(root: ScratchRoot, patch: string): Promise<Outcome> {
  const start = `import os, sys\nsys.path.insert(0, sys.argv[1])\nimport retention\n${patch}\nretention.main()`;
  return execute("python3", ["-I", "-c", start, root.path("usr/local/lib/honeypot")], root.environment);
}

async function expectQuiet(root: ScratchRoot): Promise<void> {
  assert.equal(await run(root), { code: 0, stdout: "", stderr: "" });
}

async function list(root: ScratchRoot, folder: string): Promise<readonly string[]> {
  return (await readdir(root.path(folder))).sort();
}

async function modeOf(root: ScratchRoot, file: string): Promise<number> {
  return (await stat(root.path(file))).mode & 0o777;
}

/** A root whose disk is never full and whose clock is right, with a systemctl that logs its calls. */
async function withRoot(
  environment: Readonly<Record<string, string>>,
  body: (root: ScratchRoot) => Promise<void>,
): Promise<void> {
  const root = await makeScratchRoot({
    DISK_MAX_USED_PERCENT: "101",
    BACKUP_SETS: "home logs",
    ...environment,
  });
  await root.stub("systemctl", 'printf "%s\\n" "$*" >>"$HONEYPOT_ROOT/systemctl.calls"');
  await root.stub("timedatectl", "echo yes");
  try {
    await body(root);
  } finally {
    await root.remove();
  }
}

/** The file system's current time. */
function seconds(): number {
  return Math.round(Date.now() / 1000);
}

/** The next backup has archived these captures: its ledger names them, with their times and sizes. */
async function archive(root: ScratchRoot, names: readonly string[]): Promise<void> {
  const paths = names.map((name) => `${dumps}/${name}.pcap`);
  const { stdout } = await execute(
    "env",
    ["--chdir", root.root, "stat", "--format=%.9Y %s %n", ...paths],
    root.environment,
  );
  await root.write(`${state}/archived/dumps`, stdout);
}

/** A root with `/var` on a disk of its own of 40 MB, of which half may be used. */
async function withDisk(
  body: (root: ScratchRoot) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  await withRoot({ DISK_MAX_USED_PERCENT: "50", ...environment }, async (root) => {
    const mounted = await execute("mount", ["-t", "tmpfs", "-o", "size=40m", "none", root.path("var")]);
    assert.is(mounted.code, 0, mounted.stderr);
    try {
      for (const folder of [
        dumps,
        state,
        backups,
        `${logs}/cowrie`,
        `${logs}/firewall`,
        `${logs}/webhoneypot`,
      ])
        await mkdir(root.path(folder), { recursive: true });
      await writeFile(root.path("systemctl.calls"), "");
      await body(root);
    } finally {
      await execute("umount", ["--lazy", root.path("var")]);
    }
  });
}

/** Keeps a file open for writing, like the capture. */
async function withOpen(
  root: ScratchRoot,
  file: string,
  body: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(root.path(file), "w", 0o644);
  try {
    await body(handle);
  } finally {
    await handle.close();
  }
}

/** Holds the lock as backup.sh does. */
async function whileBackupRuns(root: ScratchRoot, body: () => Promise<void>): Promise<void> {
  const hold =
    'source "$HONEYPOT_ROOT/opt/honeypot/scripts/common.sh"; take_lock backup; echo held; read -r _';
  const child = spawn("/bin/bash", ["--norc", "-euc", hold], {
    env: root.environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  try {
    await once(child.stdout, "data");
    await body();
  } finally {
    child.stdin.end("\n");
    await ended;
  }
}
