import { randomBytes } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ArchiveFormat } from "../../src/backups/archive-name.ts";
import { extractArchive } from "../../src/backups/extract/extract-archive.ts";
import { memberParts } from "../../src/backups/extract/member-name.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite("remote/extract");
const withSevenZip = needs("7zz", "setsid");
const withAll = needs("7zz", "age", "age-keygen", "zstd", "tar");
const withAge = needs("age", "age-keygen", "zstd", "tar", "mknod");

const modified = new Date("2026-11-24T03:00:00Z");

let home: string;
test.before.each(async () => {
  home = await mkdtemp(join(tmpdir(), "sensorbake-extract-"));
  await mkdir(join(home, "from/deep"), { recursive: true });
  await writeFile(join(home, "from/deep/malware.sh"), "#!/bin/sh\nid\n");
  await chmod(join(home, "from/deep/malware.sh"), 0o4755);
  await writeFile(join(home, "from/plain"), "text");
  await writeFile(join(home, "from", `${"long".repeat(40)}.log`), "long");
  await writeFile(join(home, "from", "*?[1].log"), "odd");
  await symlink("/etc/passwd", join(home, "from/link"));
  await utimes(join(home, "from/plain"), modified, modified);
});
test.after.each(() => rm(home, { recursive: true, force: true }));

async function shell(script: string, input = ""): Promise<void> {
  const { code, stderr } = await execute("bash", ["-c", `cd "$1" && ${script}`, "bash", home, input]);
  if (code !== 0) throw new Error(stderr);
}

async function tree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map(
        async (path) => `${((await stat(path)).mode & 0o7777).toString(8)} ${path.slice(folder.length + 1)}`,
      ),
  );
}

function extract(
  file: string,
  format: ArchiveFormat,
  keys: { password?: string; ageIdentity?: string } = {},
  signal = new AbortController().signal,
) {
  return extractArchive(
    { path: join(home, file), format },
    join(home, "to/set/date"),
    { password: keys.password, ageIdentity: keys.ageIdentity },
    { members: 1000, bytes: 1e9, ratio: 200 },
    signal,
  );
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OutsideError) return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

const unpacked = [
  "700 deep",
  "600 deep/malware.sh",
  `600 ${"long".repeat(40)}.log`,
  "600 plain",
  "600 *?[1].log",
];
const byPath = (a: string, b: string) => (a.slice(4) < b.slice(4) ? -1 : 1);

for (const [format, options] of [
  ["zip", "-tzip -mem=ZipCrypto"],
  ["7z", "-t7z -mhe=on"],
] as const) {
  const pack = (more = "") =>
    shell(
      `cd from && printf 'infected\\ninfected\\n' | setsid --wait 7zz a ${options} -snl -p ${more} ../a . > /dev/null && mv ../a.${format} ../a || true`,
    );

  withSevenZip(test, `unpacks ${format} with its password, without links and executable bits`, async () => {
    await pack();
    const result = await extract("a", format, { password: "infected" });
    assert.equal(result, { what: "extracted", leftOut: 1 });
    assert.equal([...(await tree(join(home, "to/set/date")))].sort(byPath), [...unpacked].sort(byPath));
    assert.is(await readFile(join(home, "to/set/date/plain"), "utf8"), "text");
    assert.equal((await stat(join(home, "to/set/date/plain"))).mtime, modified);
    assert.equal(await extract("a", format, { password: "infected" }), { what: "here" });
  });

  withSevenZip(test, `a wrong password for ${format} leaves nothing`, async () => {
    await pack();
    assert.is(await refusal(extract("a", format, { password: "wrong" })), "the password is wrong");
    assert.equal(await readdir(join(home, "to/set")), []);
  });
}

withSevenZip(test, "refuses a whole zip with names that leave the folder or go through a link", async () => {
  for (const [names, message] of [
    ["../out.txt", /leaves the folder: \.\.\/out\.txt/],
    ["/tmp/sensorbake-out.txt", /leaves the folder: \/tmp/],
    ["a/../../out.txt", /leaves the folder/],
  ] as const) {
    const script = `import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], "w")\nz.writestr("good", "1")\nz.writestr(zipfile.ZipInfo(sys.argv[2]), "2")\nz.close()`;
    const { code, stderr } = await execute("python3", ["-c", script, join(home, "evil"), names]);
    assert.is(code, 0, stderr);
    assert.match(await refusal(extract("evil", "zip")), message);
  }
  const script = `import sys, zipfile, stat\nz = zipfile.ZipFile(sys.argv[1], "w")\nl = zipfile.ZipInfo("l"); l.create_system = 3; l.external_attr = (stat.S_IFLNK | 0o777) << 16\nz.writestr(l, sys.argv[2])\nz.writestr("l/out.txt", "2")\nz.close()`;
  await execute("python3", ["-c", script, join(home, "evil"), home]);
  assert.match(await refusal(extract("evil", "zip")), /below a link/);
  assert.equal((await readdir(home)).sort(), ["evil", "from", "to"]);
  assert.equal(await readdir(join(home, "to/set")), []);
});

withSevenZip(test, "reports a file that is not an archive", async () => {
  await writeFile(join(home, "a"), "nothing");
  assert.match(await refusal(extract("a", "7z")), /^7-Zip could not read it: /);
});

const lock = 'age-keygen -o key 2>/dev/null; age -r "$(age-keygen -y key)" -o a';

withAge(test, "unpacks an encrypted tar, without links, devices and executable bits", async () => {
  await shell(
    `mkfifo from/pipe; mknod from/null c 1 3; ln from/plain from/same; tar -C from -c . | zstd -q | (${lock})`,
  );
  const result = await extract("a", "tar.zst.age", { ageIdentity: join(home, "key") });
  assert.is(result.what, "extracted");
  const found = await tree(join(home, "to/set/date"));
  // If a file has two names, tar packs the second one as a link.
  const files = found.filter((line) => !/ (plain|same)$/.test(line));
  assert.equal([...files].sort(byPath), unpacked.filter((line) => line !== "600 plain").sort(byPath));
  assert.is(found.length, unpacked.length);
  assert.is(await readFile(join(home, "to/set/date", `${"long".repeat(40)}.log`), "utf8"), "long");
});

withAge(test, "reads pax headers as well", async () => {
  await shell(`tar --format=pax -C from -c deep plain ${"long".repeat(40)}.log | zstd -q | (${lock})`);
  await extract("a", "tar.zst.age", { ageIdentity: join(home, "key") });
  assert.equal((await stat(join(home, "to/set/date/plain"))).mtime, modified);
  assert.is((await tree(join(home, "to/set/date"))).length, 4);
});

withAge(test, "an encrypted archive that leaves the folder, is cut, or is for somebody else", async () => {
  await shell(`cd from && tar -P -c ../from/plain | zstd -q | (cd .. && ${lock})`);
  const keys = { ageIdentity: join(home, "key") };
  assert.match(await refusal(extract("a", "tar.zst.age", keys)), /leaves the folder: \.\.\/from\/plain/);
  await shell("age-keygen -o other 2>/dev/null");
  assert.match(
    await refusal(extract("a", "tar.zst.age", { ageIdentity: join(home, "other") })),
    /^age could not decrypt it: no identity matched/,
  );
  assert.match(await refusal(extract("a", "tar.zst.age")), /needs the private key/);
  await shell(
    `rm -f key a; head -c 300000 /dev/urandom > from/big; tar -C from -c . | zstd -q | (${lock}); truncate -s -1000 a`,
  );
  assert.match(await refusal(extract("a", "tar.zst.age", keys)), /^age could not decrypt it/);
  assert.equal(await readdir(join(home, "to/set")), []);
});

for (const [format, script] of [
  ["zip", "7zz a -tzip -bso0 a.zip from && mv a.zip a"],
  ["tar.zst.age", `tar -c from | zstd -q | (${lock})`],
] as const)
  withAll(test, `an interruption in the middle leaves nothing of ${format}`, async () => {
    await writeFile(join(home, "from/deep/big"), randomBytes(50_000_000));
    await shell(script);
    const abort = new AbortController();
    const work = extract("a", format, { ageIdentity: join(home, "key") }, abort.signal);
    const big = join(home, "to/set/.date.extracting/from/deep/big");
    while ((await stat(big).catch(() => ({ size: 0 }))).size === 0) await sleep(1);
    abort.abort(new Error("interrupted"));
    assert.is(await work.catch((error: Error) => error.message), "interrupted");
    assert.equal(await readdir(join(home, "to/set")), []);
  });

for (const [name, parts] of [
  ["a/b", ["a", "b"]],
  ["./a//b/", ["a", "b"]],
  [".", []],
  ["./", []],
] as const)
  test(`the member ${name} is ${parts.join("/") || "the folder itself"}`, () => {
    assert.equal(memberParts(name), parts);
  });

test.run();
