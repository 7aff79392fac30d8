import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadFat } from "../../src/image/fat.ts";
import { type MadeImage, makeImage } from "../../src/image/make-image.ts";
import { openSource } from "../../src/image/source.ts";
import { bootFilesFor, refusalOf } from "../support/boot-files.ts";
import { needs } from "../support/needs.ts";
import { bootFile, checkBoot, digestOf, imageTools, type Made, makePiImage } from "../support/pi-image.ts";

const test = suite("image: from a base to an image");
const withTools = needs(...imageTools, "xz", "gzip", "zip", "cmp");
const MiB = 1 << 20;

let folder = "";
let base: Made | undefined;
let wanted = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "make-image-"));
});
test.after(() => rmSync(folder, { recursive: true }));

// Created once: the base in every packing, and the image made from it.
async function bases(): Promise<Made> {
  if (base !== undefined) return base;
  base = makePiImage(join(folder, "base.img"), { kind: "raspios-13", files: 40 });
  const sh = (script: string) => execFileSync("sh", ["-ec", script], { cwd: folder });
  sh("xz -1 -T2 --block-size=16MiB --keep base.img; gzip -1 --keep base.img; zip -q base.zip base.img");
  sh(
    "cat base.img.gz > twice.gz; echo one > one.img; echo two > two.img; zip -q two.zip one.img two.img; zip -q none.zip base.img.gz",
  );
  wanted = (await make("base.img", "wanted.img")).imageSha256;
  return base;
}

async function make(from: string, to: string, more: object = {}): Promise<MadeImage> {
  const source = await openSource(join(folder, from));
  const plain = {
    signal: new AbortController().signal,
    fat: await loadFat(),
    bootFiles: bootFilesFor("lab"),
  };
  return makeImage({ source, output: join(folder, "out", to), ...plain, ...more });
}

function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

// The folder of the results contains only these files: no temporary file is left behind.
function onlyThere(...names: readonly string[]): void {
  assert.equal(readdirSync(join(folder, "out")).sort(), [...names].sort());
  for (const name of names) rmSync(join(folder, "out", name));
}

withTools(
  test,
  "leaves the base as it was and everything of it but the boot files in the result",
  async () => {
    const given = await bases();
    const before = digestOf(given, 0, given.size);
    const made = await make("base.img", "a.img");
    assert.is(made.bytes, given.size);
    assert.is(made.sha256, sha256Of(made.path));
    assert.is(digestOf(given, 0, given.size), before);
    const result = { ...given, path: made.path };
    checkBoot(result, 36 * MiB);
    assert.is(bootFile(result, "meta-data").toString(), "instance-id: lab-1\n");
    for (const [start, end] of [
      [0, given.boot],
      [given.root, given.size],
    ] as const)
      assert.is(digestOf(result, start, end), digestOf(given, start, end));
    execFileSync("sha256sum", ["--check", "--status", "a.img.sha256"], { cwd: join(folder, "out") });
    assert.is(statSync(made.path).mode & 0o777, 0o600, "it holds secrets");
    assert.ok(statSync(made.path).blocks * 512 < 12 * MiB, "holes are kept");
    onlyThere("wanted.img", "wanted.img.sha256", "a.img", "a.img.sha256");
  },
);

for (const from of ["base.img.xz", "base.img.gz", "base.zip"])
  withTools(test, `reads ${from}`, async () => {
    await bases();
    const reports: number[] = [];
    const sha256 = sha256Of(join(folder, from)).toUpperCase();
    const made = await make(from, "a.img", { sha256, report: (bytes: number) => reports.push(bytes) });
    assert.is(made.imageSha256, wanted);
    assert.is(reports.at(-1), statSync(join(folder, from)).size);
    onlyThere("a.img", "a.img.sha256");
  });

withTools(test, "reads .img.xz without the xz program", async () => {
  await bases();
  const path = process.env.PATH;
  process.env.PATH = join(folder, "nothing");
  try {
    assert.is((await make("base.img.xz", "a.img")).imageSha256, wanted);
    truncated("base.img.xz", "short.xz");
    assert.match(await refusalOf(() => make("short.xz", "b.img")), /short.xz is damaged/);
    assert.match(
      await refusalOf(() => make("base.img", "b.img.xz")),
      /the program xz, needed for compression, is not installed/,
    );
  } finally {
    process.env.PATH = path;
  }
  onlyThere("a.img", "a.img.sha256");
});

withTools(test, "writes .img.gz and .img.xz", async () => {
  await bases();
  const gz = await make("base.img.xz", "a.img.gz");
  assert.is(gz.imageSha256, wanted);
  assert.is(gz.sha256, sha256Of(gz.path));
  assert.is(gz.bytes, statSync(gz.path).size);
  assert.is(
    createHash("sha256")
      .update(gunzipSync(readFileSync(gz.path)))
      .digest("hex"),
    wanted,
  );
  const xz = await make("base.img.gz", "a.img.xz");
  assert.is(xz.imageSha256, wanted);
  assert.is(xz.sha256, sha256Of(xz.path));
  const unpacked = execFileSync("xz", ["-dc", xz.path], { maxBuffer: 200 * MiB });
  assert.is(createHash("sha256").update(unpacked).digest("hex"), wanted);
  assert.is(xz.imageBytes, unpacked.length);
  onlyThere("a.img.gz", "a.img.gz.sha256", "a.img.xz", "a.img.xz.sha256");
});

const refusals: readonly (readonly [string, string, () => void, object, RegExp])[] = [
  [
    "a checksum that is another's",
    "base.img",
    () => {},
    { sha256: "0".repeat(64) },
    /base.img has a different checksum: its sha256 is [0-9a-f]{64}/,
  ],
  [
    "a checksum that is another's, of a zip",
    "base.zip",
    () => {},
    { sha256: "0".repeat(64) },
    /base.zip has a different checksum/,
  ],
  [
    "an .xz that ends too soon",
    "short.xz",
    () => truncated("base.img.xz", "short.xz"),
    {},
    /short.xz is damaged: .*[Uu]nexpected end/,
  ],
  ["an .xz with a wrong byte", "bad.xz", () => spoiled("base.img.xz", "bad.xz"), {}, /bad.xz is damaged: /],
  [
    "a .gz that ends too soon",
    "short.gz",
    () => truncated("base.img.gz", "short.gz"),
    {},
    /short.gz is damaged: unexpected end of file/,
  ],
  ["a .gz with a wrong byte", "bad.gz", () => spoiled("base.img.gz", "bad.gz"), {}, /bad.gz is damaged: /],
  ["a .zip with a wrong byte", "bad.zip", () => spoiled("base.zip", "bad.zip"), {}, /bad.zip is damaged: /],
  [
    "a .zip with two images",
    "two.zip",
    () => {},
    {},
    /^[^ ]*two.zip: 2 files in the zip end in .img; exactly one is needed \| unpack it and use the image itself$/,
  ],
  ["a .zip without an image", "none.zip", () => {}, {}, /^[^ ]*none.zip: no file in the zip end/],
  [
    "a .zip with a password",
    "locked.zip",
    () => execFileSync("zip", ["-q", "-P", "x", "locked.zip", "one.img"], { cwd: folder }),
    {},
    /locked.zip cannot be unpacked here: entry is encrypted.* \| unpack it/,
  ],
  [
    "a .zip compressed otherwise",
    "bzip2.zip",
    () => execFileSync("zip", ["-q", "-Z", "bzip2", "bzip2.zip", "base.img.gz", "base.img"], { cwd: folder }),
    {},
    /bzip2.zip cannot be unpacked here: unsupported compression method: 12 \| unpack it/,
  ],
  [
    "a zstd file",
    "base.zst",
    () => writeFileSync(join(folder, "base.zst"), Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0)),
    {},
    /zstd/,
  ],
  [
    "an image that ends before its boot partition does",
    "short.img",
    () => cutTo("short.img", 20 * MiB),
    {},
    /the image ends at byte 20971520, before/,
  ],
  [
    "an image that ends before its last partition does",
    "short.img",
    () => cutTo("short.img", 50 * MiB),
    {},
    /the image ends at byte 52428800, before/,
  ],
  ["an empty file", "empty", () => writeFileSync(join(folder, "empty"), ""), {}, /not a disk image/],
  ["a short text", "line", () => writeFileSync(join(folder, "line"), "hello\n"), {}, /not a disk image/],
  [
    "a text",
    "text",
    () => writeFileSync(join(folder, "text"), "hello ".repeat(1000)),
    {},
    /not a disk image/,
  ],
  ["a folder", ".", () => {}, {}, /is not a file/],
];
for (const [name, from, prepare, more, want] of refusals)
  withTools(test, `refuses ${name}, and what was there stays`, async () => {
    await bases();
    prepare();
    await make("base.img", "a.img");
    assert.match(await refusalOf(() => make(from, "a.img", more)), want);
    assert.is(sha256Of(join(folder, "out/a.img")), wanted);
    onlyThere("a.img", "a.img.sha256");
  });

for (const output of ["a.img", "a.img.gz", "a.img.xz"])
  withTools(test, `leaves nothing behind when it is stopped while it writes ${output}`, async () => {
    await bases();
    const stop = new AbortController();
    const report = () => stop.abort();
    let error: unknown;
    await make("base.img.xz", output, { signal: stop.signal, report }).catch((thrown: unknown) => {
      error = thrown;
    });
    assert.is((error as Error).name, "AbortError");
    onlyThere();
  });

withTools(test, "removes the leftovers of a killed run, but not the files of a running one", async () => {
  await bases();
  const dead = join(folder, "out", ".a.img.sensorbake-999999999-new");
  const alive = join(folder, "out", `.a.img.sensorbake-${process.ppid}-new`);
  for (const path of [dead, alive]) writeFileSync(path, "");
  await make("base.img", "a.img");
  assert.not(existsSync(dead));
  onlyThere("a.img", "a.img.sha256", `.a.img.sensorbake-${process.ppid}-new`);
});

function cutTo(name: string, bytes: number): void {
  execFileSync("cp", ["base.img", name], { cwd: folder });
  truncateSync(join(folder, name), bytes);
}

function truncated(from: string, to: string): void {
  const bytes = readFileSync(join(folder, from));
  writeFileSync(join(folder, to), bytes.subarray(0, bytes.length - 3000));
}

function spoiled(from: string, to: string): void {
  const bytes = readFileSync(join(folder, from));
  const middle = bytes.length >> 1;
  for (let at = middle; at < middle + 64; at++) bytes[at] = ~(bytes[at] ?? 0);
  writeFileSync(join(folder, to), bytes);
}

test.run();
