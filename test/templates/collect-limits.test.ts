import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { collected, interfere } from "../support/collected.ts";
import { processesBelow } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const collect = "opt/honeypot/scripts/collect.sh";
const cowrie = "srv/cowrie/var/log/cowrie/cowrie.json";
const downloads = "srv/cowrie/var/lib/cowrie/downloads";
const notes = "var/lib/honeypot/state/collect.notes";
const today = new Date().toISOString().slice(0, 10);
const hash = (digit: string): string => digit.repeat(64);
const firewallDay = { [`firewall/dshield_${today}.log`]: "f\n" };
const test = suite<{ scratch: ScratchRoot }>("collect.sh, what it leaves out");

test.before.each(async (context) => {
  context.scratch = await makeScratchRoot();
  await context.scratch.write("var/log/dshield.log", "f\n");
});
test.after.each(({ scratch }) => scratch.remove());

type Case = {
  readonly name: string;
  /** Replaces cowrie's log with it. */
  readonly plant: (scratch: ScratchRoot, log: string) => Promise<unknown>;
  readonly note: RegExp;
  /** The lines that are collected from it. */
  readonly lines?: string;
};
const cases: readonly Case[] = [
  {
    name: "a hole of 8 TB",
    plant: (_, log) => sparse(log, "", 8e12),
    note: /^\/srv\/cowrie\/var\/log\/cowrie\/cowrie.json: not collected: contains no line\n$/,
  },
  {
    name: "one line and a hole of 8 TB",
    plant: (_, log) => sparse(log, "c\n", 8e12),
    note: /cowrie.json: skipped 1 lines longer than 8 MiB \(79\d+ bytes\)\n$/,
    lines: "c\n",
  },
  {
    name: "a line with a hole of 8 TB in it",
    plant: async (_, log) => {
      await sparse(log, "c\nbegin", 8e12);
      await writeFile(log, "end\nd\n", { flag: "a" });
    },
    note: /cowrie.json: skipped 1 lines longer than 8 MiB \(80000\d+ bytes\)\n$/,
    lines: "c\nd\n",
  },
  {
    name: "a FIFO",
    plant: (_, log) => execute("mkfifo", [log]),
    note: /cowrie.json: not collected: not a regular file\n$/,
  },
  {
    name: "a symlink",
    plant: async (scratch, log) => symlink(await scratch.write("etc/shadow", "secret\n"), log),
    note: /cowrie.json: not collected: a symlink\n$/,
  },
  {
    name: "a symlink to a folder in the place of the log's folder",
    plant: async (scratch, log) => {
      await scratch.write("etc/cowrie.json", "secret\n");
      await rm(dirname(log), { recursive: true });
      await symlink(scratch.path("etc"), dirname(log));
      await execute("chown", ["12345", dirname(dirname(log))]);
    },
    note: /^\/srv\/cowrie\/var\/log\/cowrie: not collected: a symlink or file takes the place of a directory\n$/,
  },
  {
    name: "a folder",
    plant: (_, log) => mkdir(log),
    note: /cowrie.json: not collected: not a regular file\n$/,
  },
  {
    name: "a damaged compressed log",
    plant: (_, log) => writeFile(`${log}.1.gz`, gzipSync(`c\n${"x".repeat(99999)}\n`).subarray(0, 100)),
    note: /cowrie.json.1.gz: not collected: damaged, or not yet complete \(Compressed file ended .*\)\n$/,
  },
  {
    name: "a compressed log whose end is damaged",
    plant: (_, log) => writeFile(`${log}.1.gz`, damaged(gzipSync("c\nd\n"))),
    note: /cowrie.json.1.gz: not collected: damaged, or not yet complete \(CRC check failed .*\)\n$/,
  },
  {
    name: "a compressed log that is very large and holds no line",
    plant: async (_, log) => writeFile(`${log}.1.gz`, gzipSync(Buffer.alloc(80 << 20, "x"), { level: 1 })),
    note: /cowrie.json.1.gz: skipped 1 lines longer than 8 MiB \(83886080 bytes\)\n$/,
  },
  {
    name: "a log that is compressed by another program",
    plant: (_, log) => writeFile(`${log}.1.zst`, "c\n"),
    note: /cowrie.json.1.zst: not collected: compressed by a program that is not supported\n$/,
  },
  {
    name: "a compressed log that has a name of 200 MB in its header",
    plant: async (_, log) => {
      await writeFile(`${log}.1.gz`, Buffer.from("1f8b080800000000ffff", "hex"));
      for (let time = 0; time < 2; time++)
        await writeFile(`${log}.1.gz`, Buffer.alloc(100 << 20, "a"), { flag: "a" });
    },
    note: /cowrie.json.1.gz: takes too long; the next run continues\n$/,
  },
  {
    name: "hundreds of logs",
    plant: async (_, log) => {
      for (let count = 0; count < 300; count++) await writeFile(`${log}.${count}`, `${count}\n`);
      await writeFile(log, "c\n");
    },
    note: /^\/srv\/cowrie\/var\/log\/cowrie: only the newest 100 of 301 logs are collected\n$/,
  },
];
for (const { name, plant, note, lines } of cases)
  needs("root")(test, `is not misled by ${name}, and collects the other logs`, async ({ scratch }) => {
    const log = scratch.path(cowrie);
    await mkdir(dirname(log), { recursive: true });
    await plant(scratch, log);
    for (const turn of [1, 2]) {
      const { code, stderr } = await scratch.run(collect, [], { timeoutSeconds: 60 });
      assert.is(code, 0, stderr);
      const text = await scratch.read(notes);
      assert.match(text, /^(bad: .* not collected: |note: .*(skipped|only|takes))/);
      assert.match(text.replace(/^\w+: /, ""), note);
      // Each finding is logged once.
      if (turn === 1) assert.match(stderr.replace(/^\S+ collect: /, ""), note);
      else assert.is(stderr, "");
      const { [`cowrie/cowrie_${today}.json`]: ours, ...others } = collected(scratch);
      if (name !== "hundreds of logs") assert.equal([ours, others], [lines, firewallDay]);
    }
    const folder = scratch.path("var/log/honeypot");
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      assert.not.ok(basename(path).startsWith("."), path);
  });

needs("root")(
  test,
  "collects the web honeypot's log of today, whatever others put beside it",
  async ({ scratch }) => {
    await scratch.write("srv/dshield/etc/dshield.ini", "local_logs_file=/srv/log/webhoneypot_{date}.json\n");
    await scratch.write(`srv/log/webhoneypot_${today}.json`, "a visitor\n", { ageHours: 1 });
    const folder = scratch.path("srv/log");
    for (let count = 0; count < 10_000; count++) await writeFile(`${folder}/${count}`, "");
    for (let count = 0; count < 150; count++)
      await writeFile(`${folder}/webhoneypot_2099-01-02.json.${count}`, `${count}\n`);
    assert.is((await scratch.run(collect, [], { timeoutSeconds: 60 })).code, 0);
    const { [`webhoneypot/webhoneypot_${today}.json`]: ours } = collected(scratch);
    assert.is(ours, "a visitor\n");
  },
);

test("reads the settings of the web honeypot in time, however long a line is", async ({ scratch }) => {
  await scratch.write("srv/dshield/etc/dshield.ini", `local_logs_file=x${" ".repeat(60_000)}y\n`);
  const begin = performance.now();
  assert.is((await scratch.run(collect)).code, 0);
  assert.ok(performance.now() - begin < 10_000);
});

test("reports the files in cowrie's folders that it does not collect", async ({ scratch }) => {
  await scratch.write(`${downloads}/${hash("1")}`, "sample");
  await scratch.write(`${downloads}/.gitignore`, "*");
  await scratch.write(`${downloads}/no hash\n$(id)`, "");
  await symlink("/etc/shadow", scratch.path(`${downloads}/${hash("2")}`));
  await execute("mkfifo", [scratch.path(`${downloads}/${hash("3")}`)]);
  await truncate(await scratch.write(`${downloads}/${hash("4")}`, ""), 8e12);
  await truncate(await scratch.write(`${downloads}/${hash("5")}`, "a hole"), 90 << 20);
  for (const turn of [1, 2]) {
    assert.is((await scratch.run(collect)).code, 0, `run ${turn}`);
    assert.is(
      await scratch.read(notes),
      `note: /${downloads}: 3 entries are not files named by their hash: not collected\n` +
        `note: /${downloads}: 1 files are larger than 100 MiB: not collected\n`,
    );
  }
  const to = scratch.path("var/log/honeypot/cowrie/downloads");
  assert.equal(readdirSync(to).sort(), [hash("1"), hash("5")]);
  const { size, blocks } = statSync(`${to}/${hash("5")}`);
  assert.is(size, 90 << 20);
  assert.ok(blocks <= 2048, `${blocks} blocks`);
});

test("skips a too long line over several runs, and continues after it", async ({ scratch }) => {
  await scratch.write("var/log/dshield.log", `f\n${"x".repeat(12 << 20)}\ng\n${"\0".repeat(500)}h\n`);
  await interfere(
    scratch,
    "import collection.lines\ncollection.lines.LOG_AT_MOST = collection.lines.SIZE_AT_MOST = 2 << 20\ncollection.lines.LINE_AT_MOST = 1 << 20",
  );
  for (let run = 0; run < 9; run++) assert.is((await scratch.run(collect)).code, 0);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "f\ng\nh\n" });
  assert.match(
    await scratch.read(notes),
    /^note: \/var\/log\/dshield.log: skipped 1 lines longer than 1 MiB \(12582913 bytes\)\n$/,
  );
});

test("removes the leftovers of an earlier run", async ({ scratch }) => {
  await scratch.write("var/log/honeypot/firewall/.dshield_2026-01-01.log.gz.new", "half");
  await scratch.write("var/log/honeypot/.collecting", "scratch of an earlier version");
  await scratch.write("var/log/honeypot/.cowrieprocessor.new/report", "of another task");
  await scratch.run(collect);
  assert.not(await scratch.exists("var/log/honeypot/firewall/.dshield_2026-01-01.log.gz.new"));
  assert.not(await scratch.exists("var/log/honeypot/.collecting"));
  assert.ok(await scratch.exists("var/log/honeypot/.cowrieprocessor.new/report"));
});

test("reads the ledger of earlier versions", async ({ scratch }) => {
  const key = async (line: string): Promise<string> =>
    (await execute("bash", ["-c", 'sha256sum <<<"$1"', "_", line])).stdout.slice(0, 64);
  const ledger = "var/lib/honeypot/state/collected";
  await scratch.write(`${ledger}/dshield-${await key("f")}`, `firewall/dshield_${today}.log 2 2\n`);
  await scratch.write(`${ledger}/dshield-${await key("old")}`, "firewall/dshield_2026-01-01.log 4 done\n");
  await scratch.write(`var/log/honeypot/firewall/dshield_${today}.log`, "f\nof a run that was killed");
  await scratch.write("var/log/dshield.log", "f\ng\n");
  await scratch.write("var/log/dshield.log.2.gz", gzipSync("old\n"));
  await scratch.run(collect);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "f\ng\n" });
});

test("collects a log with a damaged entry in the ledger", async ({ scratch }) => {
  await scratch.run(collect);
  const ledger = "var/lib/honeypot/state/collected";
  const [entry] = readdirSync(scratch.path(ledger));
  await scratch.write(`${ledger}/${entry}`, "\0 \0 x");
  await scratch.write("var/log/dshield.log", "f\ng\n");
  assert.is((await scratch.run(collect)).code, 0);
  assert.match(Object.values(collected(scratch)).join(""), /g\n$/);
});

test("compresses a day that a wrong clock has put into the future", async ({ scratch }) => {
  await scratch.write("var/log/dshield.log", "f\n", { ageHours: -40 * 24 });
  await scratch.run(collect);
  const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  assert.equal(collected(scratch), { [`firewall/dshield_${day}.log.gz`]: "f\n" });
});

test("writes nothing but its result when there is nothing new", async ({ scratch }) => {
  await scratch.write(cowrie, "c\n");
  await scratch.write(`${cowrie}.1.gz`, gzipSync("b\n"));
  await scratch.write(`${cowrie}.2.gz`, "damaged");
  await scratch.write(`${downloads}/${hash("1")}`, "sample");
  await scratch.run(collect);
  const before = await filesOf(scratch);
  assert.ok(before.length > 10);
  assert.is((await scratch.run(collect)).code, 0);
  assert.equal(await filesOf(scratch), before);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGALRM", "SIGXCPU"] as const)
  test(`records a failure when ${signal} ends it, and leaves no process behind`, async ({ scratch }) => {
    await interfere(
      scratch,
      `import time\nopen(${JSON.stringify(scratch.path("begun"))}, "w")\ntime.sleep(60)`,
    );
    const child = spawn(scratch.path(collect), { env: scratch.environment, stdio: "ignore" });
    await waitFor("the collection", () => scratch.exists("begun"));
    const below = processesBelow(child.pid as number);
    assert.ok(below.length > 0);
    child.kill(signal);
    assert.is(await new Promise((done) => child.on("exit", done)), 143);
    assert.match(await scratch.read("var/lib/honeypot/state/collect.last"), / failed stopped by a signal\n$/);
    for (const pid of below) assert.throws(() => process.kill(pid, 0));
  });

test("ends its program and records a failure when a second signal follows at once", async ({ scratch }) => {
  await interfere(
    scratch,
    `import time\nopen(${JSON.stringify(scratch.path("begun"))}, "w")\ntime.sleep(60)`,
  );
  await scratch.stub("sync", "touch $HONEYPOT_ROOT/recording; sleep 0.5");
  const child = spawn(scratch.path(collect), { env: scratch.environment, stdio: "ignore" });
  await waitFor("the collection", () => scratch.exists("begun"));
  const below = processesBelow(child.pid as number);
  child.kill("SIGTERM");
  await waitFor("the result", () => scratch.exists("recording"));
  child.kill("SIGTERM");
  assert.is(await new Promise((done) => child.on("exit", done)), 143);
  assert.match(await scratch.read("var/lib/honeypot/state/collect.last"), / failed stopped by a signal\n$/);
  for (const pid of below) assert.throws(() => process.kill(pid, 0));
});

test("names the first failure in its result", async ({ scratch }) => {
  await interfere(
    scratch,
    "import collection.days\ndef full(count):\n    raise collection.days.NoSpace()\ncollection.days.check_room = full",
  );
  assert.is((await scratch.run(collect)).code, 1);
  assert.match(
    await scratch.read("var/lib/honeypot/state/collect.last"),
    / failed \/var\/log\/dshield.log: not collected: No space left on device: .*\n$/,
  );
});

test.run();

/** A file that begins with a text and goes on as a hole. */
async function sparse(file: string, text: string, size: number): Promise<void> {
  await writeFile(file, text);
  await truncate(file, size);
}

function damaged(bytes: Buffer): Buffer {
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 8) ^ 1, bytes.length - 8);
  return bytes;
}

/** The time and inode of every file except the last result: they show whether a file was written. */
async function filesOf(scratch: ScratchRoot): Promise<readonly string[]> {
  const { stdout } = await execute("find", [
    scratch.path("var"),
    "!",
    "-name",
    "collect.last",
    "!",
    "-path",
    "*/state",
    "-printf",
    "%P %i %C@\n",
  ]);
  return stdout.split("\n").sort();
}
