import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { hashFile } from "../../src/image/hash-file.ts";
import { makeRandom } from "../support/random.ts";

const test = suite("image: a file is hashed and made whole");
const never = new AbortController().signal;
// No multiple of any block.
const bytes = 3_000_001;
const head = 700_003;
const [zerosFrom, zerosUntil] = [1_000_000, 2_000_000];

let folder = "";
const at = (name: string): string => join(folder, name);
const base = noise(bytes, 1).fill(0, zerosFrom, zerosUntil);
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "hash-file-"));
  writeFileSync(at("base"), base);
});
test.after(() => rmSync(folder, { recursive: true }));

test("hashes a file", async () => {
  assert.is(await hashFile(at("base"), never), sha256(base));
});

const whole = [{ start: 0, end: bytes }];
const split = [
  { start: 0, end: head },
  { start: head, end: bytes },
];
const known = [
  { start: 0, end: head },
  { start: head, end: zerosFrom },
  { start: zerosUntil, end: bytes },
];

for (const [name, parts] of [
  ["all of it", whole],
  ["all of it in parts", split],
  ["the parts that are not zero", known],
] as const)
  test(`hashes a file of which it reads ${name}`, async () => {
    assert.is(await hashFile(at("base"), never, { bytes, parts }), sha256(base));
  });

for (const [name, parts] of [
  ["all", split],
  ["the parts that are not zero", known],
] as const)
  test(`fills in what is missing, reading ${name}, and leaves what is there`, async () => {
    const own = noise(head, 2);
    writeFileSync(at("copy"), own);
    truncateSync(at("copy"), bytes);
    const reported: number[] = [];
    const report = (done: number) => reported.push(done);
    const missing = { path: at("base"), start: head };
    const digest = await hashFile(at("copy"), never, { bytes, parts, missing, report });
    const want = Buffer.concat([own, base.subarray(head)]);
    assert.ok(readFileSync(at("copy")).equals(want));
    assert.is(digest, sha256(want));
    assert.is(reported.at(-1), bytes);
  });

test("says why it cannot", async () => {
  assert.match(await messageOf(hashFile(at("nothing"), never)), /ENOENT/);
  writeFileSync(at("short"), "short");
  const longer = hashFile(at("short"), never, { bytes, parts: whole });
  assert.match(await messageOf(longer), /ends at byte 5/);
});

test("can be stopped", async () => {
  const stop = new AbortController();
  const hashing = hashFile(at("base"), stop.signal);
  stop.abort();
  assert.match(await messageOf(hashing), /abort/);
});

function noise(length: number, seed: number): Buffer {
  const random = makeRandom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
}

function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (error: Error) => error.message,
  );
}

test.run();
