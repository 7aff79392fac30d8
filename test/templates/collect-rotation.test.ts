import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collected, interfere } from "../support/collected.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const collect = "opt/honeypot/scripts/collect.sh";
const cowrie = "srv/cowrie/var/log/cowrie/cowrie.json";
const today = new Date().toISOString().slice(0, 10);
const test = suite<{ scratch: ScratchRoot }>("collect.sh, whichever program rotates");

test.before.each(async (context) => {
  context.scratch = await makeScratchRoot();
});
test.after.each(({ scratch }) => scratch.remove());

const withLogrotate = needs("logrotate", "gzip", "bzip2", "xz");

const rotations: readonly (readonly [name: string, configuration: string])[] = [
  ["numbers", ""],
  ["numbers, compressed", "compress"],
  ["numbers, compressed one rotation later", "compress\ndelaycompress"],
  ["dates", "dateext"],
  ["dates, compressed", "dateext\ncompress"],
  ["dates with dashes", "dateext\ndateformat -%Y-%m-%d"],
  ["dates with dashes after a dot, compressed", "dateext\ndateformat .%Y-%m-%d\ncompress"],
  ["seconds", "dateext\ndateformat -%Y%m%d-%s"],
  ["a number before the extension", "extension .json"],
  ["a date before the extension, compressed", "dateext\nextension .json\ncompress"],
  ["copying and truncating", "copytruncate"],
  ["copying and truncating, compressed", "copytruncate\ncompress\ndateext"],
  ["copying and leaving the log as it is", "copy\ncompress"],
  ["bzip2", "compress\ncompresscmd /bin/bzip2\ncompressext .bz2"],
  ["xz", "compress\ncompresscmd /usr/bin/xz\ncompressext .xz"],
];
for (const [name, configuration] of rotations)
  withLogrotate(test, `collects each line once when logrotate uses ${name}`, async ({ scratch }) => {
    const logs = [
      { file: cowrie, letter: "a" },
      { file: "var/log/dshield.log", letter: "f" },
    ];
    const files: string[] = [];
    for (const { file } of logs) files.push(await scratch.write(file, ""));
    const text = `${files.join(" ")} {\nrotate 20\n${configuration}\n}\n`;
    const settings = await scratch.write("logrotate.conf", text, { mode: 0o644 });
    const append = (line: number) =>
      Promise.all(
        logs.map(({ letter }, index) =>
          writeFile(files[index] as string, `${letter}${line}\n`, { flag: "a" }),
        ),
      );
    let line = 0;
    await append(++line);
    await append(++line);
    assert.is((await scratch.run(collect)).code, 0);
    for (let turn = 0; turn < 2; turn++) {
      await append(++line);
      const words = ["--force", "--state", scratch.path("logrotate.state"), settings];
      const { code, stderr } = await execute("logrotate", words);
      assert.is(code, 0, stderr);
      for (const file of files) await moveToYear(dirname(file), 2001 + turn);
      await append(++line);
      assert.is((await scratch.run(collect)).code, 0);
    }
    const { code, stderr } = await scratch.run(collect);
    assert.equal([code, stderr], [0, ""]);
    for (const { letter } of logs) {
      const wanted = Array.from({ length: line }, (_, index) => `${letter}${index + 1}`);
      assert.equal(linesOf(scratch, letter), wanted.sort());
    }
  });

test("collects each line once when the files of a log begin with the same line", async ({ scratch }) => {
  const log = await scratch.write("var/log/dshield.log", "header\n1\n");
  assert.is((await scratch.run(collect)).code, 0);
  for (let turn = 0; turn < 3; turn++) {
    await writeFile(log, `late ${turn}\n`, { flag: "a" });
    await rename(log, `${log}.1`);
    await execute("gzip", ["--force", `${log}.1`]);
    await rename(`${log}.1.gz`, `${log}.${9 - turn}.gz`);
    await writeFile(log, `header\nnew ${turn}\n`);
    for (let run = 0; run < 3; run++)
      assert.equal(await scratch.run(collect), { code: 0, stdout: "", stderr: "" });
  }
  const lines = [
    "1",
    "header",
    "header",
    "header",
    "header",
    "late 0",
    "late 1",
    "late 2",
    "new 0",
    "new 1",
    "new 2",
  ];
  assert.equal(linesOf(scratch, ""), lines);
});

test("collects lines of a program that did not notice the truncation of its log", async ({ scratch }) => {
  const log = await scratch.write(cowrie, "a1\na2\n");
  await scratch.run(collect);
  await execute("bash", ["-c", 'exec 3<>"$1"; cat <&3 >"$1.1"; : >"$1"; printf "a3\\n" >&3', "_", log]);
  await scratch.run(collect);
  await writeFile(log, "a4\n", { flag: "a" });
  await scratch.run(collect);
  assert.equal(linesOf(scratch, "a"), ["a1", "a2", "a3", "a4"]);
});

test("resumes a log that lost its end in a power cut and has grown since", async ({ scratch }) => {
  await scratch.write("var/log/dshield.log", "one\ntwo\nthree\n");
  await scratch.run(collect);
  await scratch.write("var/log/dshield.log", "one\ntwfour\nfive and more\n");
  await scratch.run(collect);
  assert.equal(collected(scratch), {
    [`firewall/dshield_${today}.log`]: "one\ntwo\nthree\ntwfour\nfive and more\n",
  });
});

test("reports a last line without an end in a rotated log, and collects it when the file stays as it is", async ({
  scratch,
}) => {
  await scratch.write("var/log/dshield.log.1", "one\ntw", { ageHours: 2 });
  await scratch.run(collect);
  assert.is(
    await scratch.read("var/lib/honeypot/state/collect.notes"),
    "note: /var/log/dshield.log.1: the last line has no end; it is collected if the file stays unchanged\n",
  );
  await scratch.run(collect);
  await scratch.run(collect);
  assert.equal(linesOf(scratch, ""), ["one", "tw"]);
  assert.not(await scratch.exists("var/lib/honeypot/state/collect.notes"));
});

test("waits for the end of a line that still comes in a rotated log", async ({ scratch }) => {
  for (const text of ["one\nt", "one\ntw", "one\ntwo\n"]) {
    await scratch.write("var/log/dshield.log.1", text, { ageHours: 2 });
    await scratch.run(collect);
  }
  assert.equal(linesOf(scratch, ""), ["one", "two"]);
});

test("collects a last line without an end of a compressed log, and of one that has no other", async ({
  scratch,
}) => {
  await scratch.write("var/log/dshield.log.2.gz", gzipSync("one\ntw"));
  await scratch.write("var/log/dshield.log.1", "alone", { ageHours: 2 });
  for (let run = 0; run < 3; run++) await scratch.run(collect);
  assert.equal(linesOf(scratch, ""), ["alone", "one", "tw"]);
});

const inis: readonly (readonly [name: string, value: string, path: string])[] = [
  ["says nothing of it", "", "srv/log/isc-agent.out"],
  ["names a file for each day", "local_logs_file=/srv/log/other_{date}.json", `srv/log/other_${today}.json`],
  ["names a file", "local_logs_file=/srv/www/web.log", "srv/www/web.log"],
  ["names a file that was rotated", "local_logs_file=/srv/www/web.log", "srv/www/web.log-20260102"],
  ["quotes the name", "local_logs_file='/srv/www/web log.json'", "srv/www/web log.json"],
  ["is meant for Python", "local_logs_file : /srv/www/weblog", "srv/www/weblog"],
  ["names it twice", "local_logs_file=/none\nlocal_logs_file=/srv/www/web.log", "srv/www/web.log"],
];
for (const [name, value, path] of inis)
  test(`collects the web honeypot's log when dshield.ini ${name}`, async ({ scratch }) => {
    await scratch.write("srv/dshield/etc/dshield.ini", `[DShield]\nuserid=1\n[plugin:tcp:http]\n${value}\n`);
    await scratch.write(path, '{"url": "/"}\n');
    assert.equal(await scratch.run(collect), { code: 0, stdout: "", stderr: "" });
    await scratch.run(collect);
    assert.equal(collected(scratch), { [`webhoneypot/webhoneypot_${today}.json`]: '{"url": "/"}\n' });
  });

test("collects nothing twice if dshield.ini names a log that is collected anyway", async ({ scratch }) => {
  await scratch.write("srv/dshield/etc/dshield.ini", "local_logs_file=/srv/log/webhoneypot_{date}.json\n");
  await scratch.write(`srv/log/webhoneypot_${today}.json`, "w\n");
  await scratch.run(collect);
  assert.equal(linesOf(scratch, ""), ["w"]);
});

for (const value of ["/srv/../etc/shadow", "etc/shadow", "/srv/{date}/x.json", "$(touch /tmp/x)", "`id`"])
  test(`reports local_logs_file ${value} and does not follow it`, async ({ scratch }) => {
    await scratch.write("etc/shadow", "secret\n");
    await scratch.write("srv/dshield/etc/dshield.ini", `local_logs_file=${value}\n`);
    assert.is((await scratch.run(collect)).code, 0);
    assert.equal(collected(scratch), {});
    assert.match(
      await scratch.read("var/lib/honeypot/state/collect.notes"),
      /^bad: dshield.ini: local_logs_file .* cannot be collected\n$/,
    );
  });

needs("root")(test, "collects no file by dshield.ini that its owner cannot read", async ({ scratch }) => {
  const secret = await scratch.write("etc/secret.log", "secret\n", { mode: 0o600 });
  await scratch.write("srv/dshield/etc/dshield.ini", "local_logs_file=/etc/secret.log\n");
  await execute("chown", ["-R", "12345:12345", scratch.path("srv/dshield")]);
  await scratch.run(collect);
  assert.equal(collected(scratch), {});
  assert.match(await scratch.read("var/lib/honeypot/state/collect.notes"), "Permission denied");
  await execute("chmod", ["644", secret]);
  await scratch.run(collect);
  assert.equal(linesOf(scratch, ""), ["secret"]);
});

needs("root")(test, "does not follow a symlink in the place of dshield.ini", async ({ scratch }) => {
  await scratch.write("etc/other.ini", "local_logs_file=/srv/www/web.log\n");
  await scratch.write("srv/www/web.log", "w\n");
  await mkdir(scratch.path("srv/dshield/etc"), { recursive: true });
  await symlink(scratch.path("etc/other.ini"), scratch.path("srv/dshield/etc/dshield.ini"));
  await scratch.run(collect);
  assert.equal(collected(scratch), {});
  assert.match(await scratch.read("var/lib/honeypot/state/collect.notes"), "dshield.ini: a symlink");
});

test("resumes a log where a run had to stop", async ({ scratch }) => {
  const lines = Array.from({ length: 80000 }, (_, count) => `line ${count} ${"x".repeat(count % 90)}`);
  const text = `${lines.join("\n")}\n`;
  await scratch.write("var/log/dshield.log", text);
  await scratch.write("var/log/dshield.log.1.gz", gzipSync(text.replaceAll("line", "packed")));
  await interfere(
    scratch,
    "import collection.lines\ncollection.lines.LOG_AT_MOST = 1 << 20\ncollection.lines.SIZE_AT_MOST = 1 << 20",
  );
  let runs = 0;
  for (let notes = "next run continues"; notes.includes("next run continues"); runs++) {
    assert.is((await scratch.run(collect)).code, 0);
    notes = await scratch.read("var/lib/honeypot/state/collect.notes").catch(() => "");
  }
  assert.ok(runs > 2, `${runs} runs`);
  assert.equal(
    linesOf(scratch, ""),
    [...lines, ...lines.map((line) => line.replace("line", "packed"))].sort(),
  );
});

test("compresses a day in parts when there is very much of it", async ({ scratch }) => {
  const line = `${"x".repeat(99)}\n`;
  await scratch.write("var/log/dshield.log", line.repeat(60000));
  await interfere(
    scratch,
    "import collection.days, collection.lines\ncollection.days.SIZE_AT_MOST = collection.lines.SIZE_AT_MOST = 1 << 20",
  );
  assert.is((await scratch.run(collect)).code, 0);
  const days = Object.entries(collected(scratch));
  assert.ok(
    days.length > 2 && days.every(([name]) => name.endsWith(".gz")),
    days.map(([name]) => name).join(),
  );
  assert.is(days.map(([, text]) => text).join(""), line.repeat(60000));
});

test.run();

/** logrotate rotates to a date once a day: renames the files that it has rotated today to the date of another year. */
async function moveToYear(folder: string, year: number): Promise<void> {
  const thisYear = today.slice(0, 4);
  for (const name of await readdir(folder))
    if (name.includes(thisYear))
      await rename(join(folder, name), join(folder, name.replace(thisYear, `${year}`)));
}

/** The collected lines that begin with a letter, sorted. */
function linesOf(scratch: ScratchRoot, letter: string): readonly string[] {
  return Object.values(collected(scratch))
    .flatMap((text) => text.split(/(?<=\n)/))
    .map((line) => {
      assert.ok(line.endsWith("\n"), line);
      return line.slice(0, -1);
    })
    .filter((line) => line.startsWith(letter))
    .sort();
}
