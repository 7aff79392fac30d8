import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { loadFat } from "../../src/image/fat.ts";
import { makeSeed, type Seed } from "../../src/image/seed.ts";
import { needs } from "../support/needs.ts";

const test = suite("image: seed volume");
const withTools = needs("fsck.vfat", "mtype", "blkid");

const small: Seed = { "user-data": "#cloud-config\n{}\n", "meta-data": "instance-id: a-1\n" };
const seeds: readonly (readonly [string, Seed])[] = [
  ["of two small files", small],
  ["of three files", { ...small, "user-data": "x".repeat(90_000), "network-config": "version: 2\n" }],
  ["that just fits", { ...small, "user-data": "x".repeat(88_300) }],
  ["that just does not fit the smaller size", { ...small, "user-data": "x".repeat(88_400) }],
  ["of megabytes", { ...small, "user-data": new Uint8Array(5_000_000).fill(120) }],
  ["of nothing", { "user-data": "", "meta-data": "" }],
];

let folder = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "seed-"));
});
test.after(() => rmSync(folder, { recursive: true }));

for (const [name, seed] of seeds)
  withTools(test, `is a clean volume labelled CIDATA: one ${name}`, async () => {
    const path = join(folder, "seed.img");
    writeFileSync(path, makeSeed(seed, await loadFat()));
    execFileSync("fsck.vfat", ["-n", path], { stdio: "ignore" });
    const facts = execFileSync("blkid", ["-p", "-o", "export", path], { encoding: "utf8" });
    assert.match(facts, /^LABEL=CIDATA$/m);
    assert.match(facts, /^LABEL_FATBOOT=CIDATA$/m);
    assert.match(facts, /^TYPE=vfat$/m);
    for (const [file, content] of Object.entries(seed)) {
      const found = execFileSync("mtype", ["-i", path, `::/${file}`], { maxBuffer: 1 << 24 });
      assert.is(Buffer.compare(found, Buffer.from(content)), 0, file);
    }
  });

test("produces the same bytes for the same seed, independent of earlier runs and the time zone", async () => {
  const fat = await loadFat();
  const first = sha256(makeSeed(small, fat));
  for (const [, seed] of seeds) makeSeed(seed, fat);
  assert.is(sha256(makeSeed(small, fat)), first);
  assert.is(first, "4d1fe79ca914ab31835de4ef5490883bb0e54d1a417b860dbfa4d2257bdbfb42");
});

test("has another serial number for another seed", async () => {
  const fat = await loadFat();
  const other = makeSeed({ ...small, "meta-data": "instance-id: a-2\n" }, fat);
  assert.is.not(sha256(other.slice(39, 43)), sha256(makeSeed(small, fat).slice(39, 43)));
});

test.run();
