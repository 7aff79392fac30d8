import { spawn } from "node:child_process";
import { readdirSync, statSync, truncateSync } from "node:fs";
import { mkdir, rename, rm, symlink, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collected, interfere } from "../support/collected.ts";
import { killTree } from "../support/kill-tree.ts";
import { needs } from "../support/needs.ts";
import { makeRandom } from "../support/random.ts";
import { makeRotatingLogs } from "../support/rotating-logs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const collect = "opt/honeypot/scripts/collect.sh";
const today = new Date().toISOString().slice(0, 10);
const test = suite<{ scratch: ScratchRoot }>("collect.sh");

test.before.each(async (context) => {
  context.scratch = await makeScratchRoot();
});
test.after.each(({ scratch }) => scratch.remove());

test("finds nothing on a sensor without DShield, and says so", async ({ scratch }) => {
  const { code } = await scratch.run(collect);
  assert.is(code, 0);
  assert.match(await scratch.read("var/lib/honeypot/state/collect.last"), / ok done\n$/);
  assert.equal(collected(scratch), {});
});

test("collects each source into a file for its day, and compresses the days that are over", async ({
  scratch,
}) => {
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json", "c2\n");
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "c1\nc1b\n");
  await scratch.write(`srv/log/webhoneypot_${today}.json`, "w2\n");
  await scratch.write("srv/log/webhoneypot_2026-01-02.json", "w1\n");
  await scratch.write("srv/db/webhoneypot-2026-01-02.json", "old layout\n");
  await scratch.write("srv/db/webhoneypot.json", "ever growing\n");
  await scratch.write("var/log/dshield.log", "f3\n");
  await scratch.write("var/log/dshield.log.1", "f2\n");
  await scratch.write("var/log/dshield.log.2.gz", gzipSync("f1\n"));
  const want = {
    "cowrie/cowrie_2026-01-02.json.gz": "c1\nc1b\n",
    [`cowrie/cowrie_${today}.json`]: "c2\n",
    [`firewall/dshield_${today}.log`]: "f2\n",
    [`firewall/dshield_${today}_2.log.gz`]: "f1\n",
    [`firewall/dshield_${today}_3.log`]: "f3\n",
    "webhoneypot/webhoneypot_2026-01-02.json.gz": "w1\n",
    "webhoneypot/webhoneypot_2026-01-02_2.json.gz": "old layout\n",
    [`webhoneypot/webhoneypot_${today}.json`]: "w2\n",
    [`webhoneypot/webhoneypot_${today}_2.json`]: "ever growing\n",
  };
  for (const turn of ["first", "second"]) {
    assert.is((await scratch.run(collect)).code, 0);
    assert.equal(collected(scratch), want, `after the ${turn} run`);
  }
  assert.is(await scratch.read("srv/cowrie/var/log/cowrie/cowrie.json"), "c2\n");
});

test("holds a line back until it is complete", async ({ scratch }) => {
  await scratch.write("var/log/dshield.log", "one\ntw");
  await scratch.run(collect);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "one\n" });
  await scratch.write("var/log/dshield.log", "one\ntwo\n");
  await scratch.run(collect);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "one\ntwo\n" });
});

test("cuts a file that only ever grows when its day is over", async ({ scratch }) => {
  await scratch.write("srv/db/webhoneypot.json", "monday\n", { ageHours: 48 });
  await scratch.run(collect);
  await scratch.write("srv/db/webhoneypot.json", "monday\ntoday\n");
  await scratch.run(collect);
  const monday = new Date(Date.now() - 48 * 3600_000).toISOString().slice(0, 10);
  assert.equal(collected(scratch), {
    [`webhoneypot/webhoneypot_${monday}.json.gz`]: "monday\n",
    [`webhoneypot/webhoneypot_${today}.json`]: "today\n",
  });
});

test("collects late lines of a finished day without changing the compressed file", async ({ scratch }) => {
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "a\n");
  await scratch.run(collect);
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "a\nlate\n");
  await scratch.run(collect);
  assert.equal(collected(scratch), {
    "cowrie/cowrie_2026-01-02.json.gz": "a\n",
    "cowrie/cowrie_2026-01-02_2.json.gz": "late\n",
  });
});

test("does not collect a file again after retention deleted the copy", async ({ scratch }) => {
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "a\n");
  const hash = "a".repeat(64);
  await scratch.write(`srv/cowrie/var/lib/cowrie/downloads/${hash}`, "sample");
  await scratch.run(collect);
  await rm(scratch.path("var/log/honeypot/cowrie/cowrie_2026-01-02.json.gz"));
  await rm(scratch.path(`var/log/honeypot/cowrie/downloads/${hash}`));
  for (const name of readdirSync(scratch.path("var/lib/honeypot/state/collected")))
    await utimes(scratch.path(`var/lib/honeypot/state/collected/${name}`), 0, 0);
  await scratch.run(collect);
  await scratch.run(collect);
  assert.equal(collected(scratch), {});
  assert.not(await scratch.exists(`var/log/honeypot/cowrie/downloads/${hash}`));
});

test("forgets a source a week after it is gone", async ({ scratch }) => {
  const source = await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "a\n");
  const entries = () =>
    readdirSync(scratch.path("var/lib/honeypot/state/collected")).filter((name) =>
      name.startsWith("cowrie-"),
    );
  await scratch.run(collect);
  await rm(source);
  await scratch.run(collect);
  assert.is(entries().length, 1);
  await utimes(scratch.path(`var/lib/honeypot/state/collected/${entries()[0]}`), 0, 0);
  await scratch.run(collect);
  assert.is(entries().length, 0);
});

test("takes up a log that lost its end in a power cut", async ({ scratch }) => {
  const source = await scratch.write("var/log/dshield.log", "one\ntwo\nthree\n");
  await scratch.run(collect);
  truncateSync(source, "one\ntw".length);
  await scratch.run(collect);
  await scratch.write("var/log/dshield.log", "one\ntwfour\nfive\n");
  await scratch.run(collect);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "one\ntwo\nthree\ntwfour\nfive\n" });
});

test("is not misled by a log that is copied and truncated while it is read", async ({ scratch }) => {
  const source = await scratch.write("var/log/dshield.log", "one\ntwo\n");
  await scratch.run(collect);
  await scratch.write("var/log/dshield.log", "one\ntwo\nthree\n");
  await interfere(
    scratch,
    `
import os
read = os.pread
def pread(descriptor, count, position):
    if position == 8 and not os.path.exists(${JSON.stringify(source)} + ".1"):
        os.system("cp %s %s.1; echo a line that is new >%s" % ((${JSON.stringify(source)},) * 3))
    return read(descriptor, count, position)
os.pread = pread`,
  );
  for (const turn of ["disturbed", "undisturbed"]) assert.is((await scratch.run(collect)).code, 0, turn);
  assert.equal(Object.values(collected(scratch)), ["one\ntwo\nthree\n", "a line that is new\n"]);
});

needs("unshare")(test, "resumes after the disk was full", async () => {
  const scratch = await makeScratchRoot();
  const line = `${"x".repeat(99)}\n`;
  const text = Array.from({ length: 3000 }, (_, count) => `${count} ${line}`).join("");
  await scratch.write("var/log/dshield.log", text);
  const body = `logs="$HONEYPOT_ROOT/var/log/honeypot"
    mount -t tmpfs -o size=400k none "$logs" || exit 99
    "$@" 2>&1; echo "code $?"
    mount -o remount,size=2m "$logs" && "$@" && cat "$logs"/firewall/*.log >"$HONEYPOT_ROOT/result"`;
  const wrapper = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", body, "_"];
  const { code, stdout, stderr } = await scratch.run(collect, [], { wrapper });
  assert.is(code, 0, stderr);
  assert.match(stdout, /No space left on device.*code 1\n/s);
  assert.is(await scratch.read("result"), text);
  await scratch.remove();
});

test("takes ttys and downloads that are complete, once, and never executable", async ({ scratch }) => {
  const hash = (digit: string): string => digit.repeat(64);
  const folder = "srv/cowrie/var/lib/cowrie";
  await scratch.write(`${folder}/tty/${hash("1")}`, "tty");
  await scratch.write(`${folder}/tty/20260102-030405-ab-0i.log`, "old tty", { ageHours: 2 });
  await scratch.write(`${folder}/tty/20260102-030405-cd-0i.log`, "open tty");
  await scratch.write(`${folder}/downloads/${hash("2")}`, "#!/bin/sh\n", { mode: 0o755 });
  await scratch.write(`${folder}/downloads/${hash("3")}.part`, "incomplete");
  await scratch.write("etc/shadow", "secret");
  await symlink(scratch.path("etc/shadow"), scratch.path(`${folder}/downloads/${hash("4")}`));
  assert.is((await scratch.run(collect)).code, 0);
  const names = (kind: string): readonly string[] =>
    readdirSync(scratch.path(`var/log/honeypot/cowrie/${kind}`)).sort();
  assert.equal(names("tty"), [hash("1"), "20260102-030405-ab-0i.log"]);
  assert.equal(names("downloads"), [hash("2")]);
  assert.is(mode(scratch.path(`var/log/honeypot/cowrie/downloads/${hash("2")}`)), 0o600);
});

test("outlives an update of DShield, which moves cowrie away and deletes its dated files", async ({
  scratch,
}) => {
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02", "a\n");
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json", "b\n");
  await scratch.run(collect);
  await rm(scratch.path("srv/cowrie/var/log/cowrie/cowrie.json.2026-01-02"));
  await rename(scratch.path("srv/cowrie"), scratch.path("srv/cowrie.20260103"));
  assert.is((await scratch.run(collect)).code, 0);
  await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json", "c\n");
  await scratch.run(collect);
  assert.equal(collected(scratch), {
    "cowrie/cowrie_2026-01-02.json.gz": "a\n",
    [`cowrie/cowrie_${today}.json`]: "b\n",
    [`cowrie/cowrie_${today}_2.json`]: "c\n",
  });
});

test("does not follow a symlink in the place of a log, nor stop at one", async ({ scratch }) => {
  const secret = await scratch.write("etc/shadow", "secret\n");
  await mkdir(scratch.path("srv/log"), { recursive: true });
  await symlink(secret, scratch.path("srv/log/webhoneypot_2026-01-02.json"));
  await scratch.write("var/log/dshield.log", "f\n");
  assert.is((await scratch.run(collect)).code, 0);
  assert.equal(collected(scratch), { [`firewall/dshield_${today}.log`]: "f\n" });
});

test("stops if another run is in progress", async ({ scratch }) => {
  const lock = scratch.path("run/honeypot/collect.lock");
  const { code, stderr } = await scratch.run(collect, [], { wrapper: ["flock", lock] });
  assert.is(code, 75);
  assert.match(stderr, /collect: another collect is running\n$/);
});

test("a line that is appended while the end of a log is looked for is not skipped", async ({ scratch }) => {
  const log = await scratch.write("log", "a\n");
  const script = `
import os, sys
sys.path.insert(0, sys.argv[1])
from collection.readers import Plain
search = os.lseek
def append_after(*words):
    try:
        return search(*words)
    finally:
        with open(sys.argv[2], "a") as file:
            file.write("b\\n")
os.lseek = append_after
print(Plain(os.open(sys.argv[2], os.O_RDONLY)).after_hole(2))
`;
  const library = scratch.path("usr/local/lib/honeypot");
  const { stdout, stderr } = await execute("python3", ["-c", script, library, log], process.env, 60);
  assert.is(stdout, "2\n", stderr);
});

for (const seed of seeds())
  test(`neither loses nor doubles a line while logs rotate and it is killed (seed ${seed})`, async ({
    scratch,
  }) => {
    const random = makeRandom(seed);
    await mkdir(scratch.path("srv/cowrie/var/log/cowrie"), { recursive: true });
    await mkdir(scratch.path("srv/db"), { recursive: true });
    // Each run takes place on a later day than the previous one, so that files are cut as often as possible.
    await scratch.write("days", "0");
    await scratch.stub(
      "date",
      `for word; do [[ $word == --date=* || $word == --reference=* ]] && exec /bin/date "$@"; done\nexec /bin/date --date="+$(<${scratch.path("days")}) days" "$@"`,
    );
    const logs = makeRotatingLogs(scratch, random);
    const writing = logs.run();
    let killed = 0;
    let days = 0;
    for (let run = 0; run < 40 || (killed < 5 && run < 120); run++) {
      if (random.below(4) === 0) await scratch.write("days", String(++days));
      const child = spawn(scratch.path(collect), { env: scratch.environment, stdio: "ignore" });
      const ended = new Promise<number | null>((done) => child.on("exit", done));
      const isKilled = random.below(3) > 0;
      if (isKilled) {
        await sleep(random.below(250));
        if (random.below(2) === 0) killTree(child.pid as number);
        else child.kill("SIGKILL");
      }
      const code = await ended;
      if (code === null) killed++;
      if (code === 0) logs.allowRotation();
    }
    logs.stop();
    await writing;
    for (let code = 75; code === 75; await sleep(50)) code = (await scratch.run(collect)).code;
    await scratch.write("days", String(days + 1));
    assert.is((await scratch.run(collect)).code, 0);
    const counts = new Map(logs.written.map((line) => [`${line}\n`, 0]));
    for (const content of Object.values(collected(scratch)))
      for (const line of content.split(/(?<=\n)/)) counts.set(line, (counts.get(line) ?? -100) + 1);
    assert.equal(
      [...counts]
        .filter(([, count]) => count !== 1)
        .map(([line, count]) => `${count} times ${line.slice(0, 40)}`),
      [],
    );
    assert.ok(killed >= 5, `only ${killed} runs were killed`);
    assert.ok(Object.keys(collected(scratch)).every((name) => name.endsWith(".gz")));
  });

function mode(file: string): number {
  return statSync(file).mode & 0o777;
}

/** `SEEDS=1,2,3` replaces the default seeds. */
function seeds(): readonly number[] {
  return (process.env.SEEDS ?? "1,2").split(",").map(Number);
}

test.run();
