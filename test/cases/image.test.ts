import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openSource, readImage } from "../../src/image/source.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { refusalOf } from "../support/boot-files.ts";
import { needs } from "../support/needs.ts";

const test = suite("cases/image");
const withXz = needs("xz");

let folder = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "cases-image-"));
});
test.after(() => rmSync(folder, { recursive: true }));

async function unpacked(path: string): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  const { signal } = new AbortController();
  for await (const block of readImage(await openSource(path), { signal })) blocks.push(block);
  return Buffer.concat(blocks);
}

test("zip-macosx: ignores files that macOS adds", async () => {
  const bytes = await unpacked(join(packageRoot(), "test/cases/zip-macosx/pi.zip"));
  assert.is(bytes.length, 1024);
});

for (const [name, options] of [
  ["a check", ["--check=sha256"]],
  ["a filter", ["--format=xz", "--arm", "--lzma2=preset=0"]],
] as const)
  withXz(test, `xz-sha256-without-xz: says that ${name} needs the program xz`, async () => {
    const path = join(folder, "pi.img");
    writeFileSync(path, Buffer.alloc(3_000_000, "image"));
    execFileSync("xz", ["--force", "--keep", ...options, path]);
    assert.is((await unpacked(`${path}.xz`)).length, 3_000_000);
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      assert.match(
        await refusalOf(() => unpacked(`${path}.xz`)),
        /pi\.img\.xz: the program xz is needed for this \.xz file \| install it/,
      );
    } finally {
      process.env.PATH = before;
    }
  });

test.run();
