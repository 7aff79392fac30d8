import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { readImage } from "../../src/emulation/image-file.ts";
import { type BaseOptions, openBase, publishedChecksum } from "../../src/trial/base.ts";
import { examplePlan } from "../support/example-plan.ts";
import { needs } from "../support/needs.ts";

const test = suite("the system of a trial");
const withQemu = needs("qemu-img");
let folder: string;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
});
test.after.each(() => rm(folder, { recursive: true }));

const failure = (work: Promise<unknown>): Promise<OutsideError> =>
  work.then(
    () => assert.unreachable() as never,
    (error: unknown) => {
      assert.instance(error, OutsideError);
      return error as OutsideError;
    },
  );
const options = (more: Partial<BaseOptions>): BaseOptions => ({
  plan: examplePlan,
  architecture: "amd64",
  image: undefined,
  sha256: undefined,
  cache: folder,
  signal: new AbortController().signal,
  report: () => {},
  ...more,
});
const digest = (algorithm: string, content: string | Buffer) =>
  createHash(algorithm).update(content).digest("hex");

/** A boot sector. */
const disk = (letter: string) => Buffer.concat([Buffer.alloc(510, letter), Buffer.from([0x55, 0xaa])]);

const url = "https://cloud.example/trixie/latest/debian-13-genericcloud-amd64.qcow2";
const name = "debian-13-genericcloud-amd64.qcow2";
const sums: readonly (readonly [
  name: string,
  lists: Readonly<Record<string, string>>,
  want: string | undefined,
])[] = [
  [
    "SHA512SUMS beside it",
    { SHA512SUMS: `${"a".repeat(128)}  other\n${"B".repeat(128)}  ${name}\n` },
    "b".repeat(128),
  ],
  ["SHA256SUMS in binary form", { SHA256SUMS: `${"c".repeat(64)} *${name}\r\n` }, "c".repeat(64)],
  ["a checksum of the wrong length", { SHA512SUMS: `${"a".repeat(64)}  ${name}\n` }, undefined],
  ["a name that only ends alike", { SHA256SUMS: `${"a".repeat(64)}  x-${name}\n` }, undefined],
  ["no list", {}, undefined],
];
for (const [title, lists, want] of sums)
  test(`the publisher's checksum: ${title}`, async () => {
    const read = async (address: string) => {
      assert.ok(address.startsWith("https://cloud.example/trixie/latest/SHA"));
      return lists[address.slice(address.lastIndexOf("/") + 1)];
    };
    const found = publishedChecksum(url, read);
    if (want === undefined) assert.match((await failure(found)).hint ?? "", /--sha256/);
    else assert.is((await found).hex, want);
  });

withQemu(test, "a file is verified against the list beside it", async () => {
  const image = join(folder, "image.raw");
  const content = disk("x");
  await writeFile(image, content);
  assert.match((await openBase(options({ image }))).what, /not verified/);
  await writeFile(join(folder, "SHA512SUMS"), `${digest("sha512", content)}  image.raw\n`);
  const base = await openBase(options({ image }));
  assert.is(base.what, "image.raw, verified");
  assert.equal(base.disk, { disk: image, format: "raw", architecture: "amd64", grownTo: 10 * 2 ** 30 });
  await writeFile(image, disk("y"));
  assert.match(
    (await failure(openBase(options({ image })))).message,
    /different checksum: its sha512 is [0-9a-f]{128}/,
  );
  const sha256 = digest("sha256", disk("y"));
  assert.is((await openBase(options({ image, sha256 }))).what, "image.raw, verified");
});

withQemu(test, "an image is found from every folder, as the machine's disk needs it", async () => {
  const image = join(folder, "image.raw");
  await writeFile(image, disk("x"));
  const base = await openBase(options({ image: relative(process.cwd(), image) }));
  assert.is(base.disk.disk, image);
});

test("a file that is not a disk image is refused", async () => {
  const image = join(folder, "image.raw.xz");
  for (const content of ["", "x".repeat(5000)]) {
    await writeFile(image, content);
    assert.match((await failure(openBase(options({ image })))).message, /is not a disk image/);
  }
});

withQemu(test, "an image that names another file is refused", async () => {
  const [secret, image] = [join(folder, "secret"), join(folder, "image.qcow2")];
  await writeFile(secret, "s".repeat(1024));
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", secret, image]);
  assert.match((await failure(openBase(options({ image })))).message, /it names another file/);
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", `data_file=${folder}/data`, image, "1M"]);
  assert.match((await failure(readImage(image))).message, /it names another file/);
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", image, "1M"]);
  assert.equal(await readImage(image), { format: "qcow2", bytes: 1 << 20 });
});

test("without mmdebstrap the error names both ways to a system", async () => {
  const before = process.env.PATH;
  process.env.PATH = "/nonexistent";
  try {
    const error = await failure(openBase(options({})));
    assert.match(error.message, /cannot be made here without mmdebstrap/);
    assert.match(error.hint ?? "", /--image FILE or --image https:.*\n.*apt install mmdebstrap/);
  } finally {
    process.env.PATH = before;
  }
  const ubuntu = await failure(openBase(options({ plan: { ...examplePlan, os: "ubuntu-24.04" } })));
  assert.is(ubuntu.message, "a system with ubuntu-24.04 cannot be made here");
});

test.run();
