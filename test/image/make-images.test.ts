import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { loadFat } from "../../src/image/fat.ts";
import { imagerList } from "../../src/image/imager-list.ts";
import { makeImage } from "../../src/image/make-image.ts";
import { makeImages, type Wanted } from "../../src/image/make-images.ts";
import { openSource } from "../../src/image/source.ts";
import { bootFilesFor, refusalOf } from "../support/boot-files.ts";
import { needs } from "../support/needs.ts";
import { bootFile, imageTools, type Made, makePiImage } from "../support/pi-image.ts";

const test = suite("image: one for each sensor");
const withTools = needs(...imageTools, "xz");
const names = ["attic-pi", "cellar-pi", "roof-pi"];

let folder = "";
let base: Made | undefined;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "make-images-"));
});
test.after(() => rmSync(folder, { recursive: true }));

function prepare(): void {
  if (base !== undefined) return;
  base = makePiImage(join(folder, "base.img"), { kind: "raspios-13", files: 20 });
  execFileSync("xz", ["-0", "--keep", base.path]);
}

// The digest of a sensor's image that is made alone.
const alone = new Map<string, string>();
async function aloneOf({ name, bootFiles }: Wanted): Promise<string> {
  const known = alone.get(name);
  if (known !== undefined) return known;
  const job = { source: await openSource(base?.path ?? ""), output: join(folder, "alone.img"), bootFiles };
  const made = await makeImage({ ...job, fat: await loadFat(), signal: new AbortController().signal });
  alone.set(name, made.imageSha256);
  return made.imageSha256;
}

function wantedIn(out: string, ending: string): readonly Wanted[] {
  return names.map((name) => ({
    name,
    output: join(folder, out, `${name}${ending}`),
    bootFiles: bootFilesFor(name),
  }));
}

async function run(from: string, wanted: readonly Wanted[], more: object = {}) {
  const labels: string[] = [];
  const reported = { bytes: 0, total: 0 };
  const stage = (label: string, total: number) => {
    labels.push(label);
    return (bytes: number) => Object.assign(reported, { bytes, total });
  };
  const source = await openSource(join(folder, from));
  const signal = new AbortController().signal;
  const leftOut: string[] = [];
  const leaveOut = (name: string) => leftOut.push(name);
  const given = { source, wanted, fat: await loadFat(), signal, stage, leaveOut, ...more };
  return { labels, reported, leftOut, made: (await makeImages(given)).map(({ made }) => made) };
}

for (const [from, ending] of [
  ["base.img.xz", ".img"],
  ["base.img", ".img"],
  ["base.img.xz", ".img.gz"],
] as const)
  withTools(test, `makes ${ending} of each from ${from}, the same as one by one`, async () => {
    prepare();
    const out = `out${ending}-${from}`;
    const wanted = wantedIn(out, ending);
    const { made, labels, reported } = await run(from, wanted);
    const unpacking = from === "base.img" ? [] : ["unpacking the base"];
    assert.equal(labels, [...unpacking, "3 images"]);
    const { size } = statSync(join(folder, "base.img"));
    assert.equal(reported, { bytes: 3 * size, total: 3 * size });
    assert.equal(readdirSync(join(folder, out)).length, 6, "no temporary file is left");
    for (const [index, each] of wanted.entries()) {
      assert.is(made[index]?.imageSha256, await aloneOf(each));
      assert.is(made[index]?.sha256, sha256(readFileSync(each.output)));
    }
    if (ending === ".img")
      assert.is(
        bootFile({ ...(base as Made), path: wanted[1]?.output ?? "" }, "meta-data").toString(),
        "instance-id: cellar-pi-1\n",
      );
  });

needs(
  ...imageTools,
  "mkfs.xfs",
  "mount",
  "root",
)(test, "takes the room of one image for all where blocks are shared", async () => {
  prepare();
  const [disk, mounted] = [join(folder, "xfs"), join(folder, "mounted")];
  writeFileSync(disk, "");
  truncateSync(disk, 320 << 20);
  mkdirSync(mounted);
  execFileSync("mkfs.xfs", ["-q", "-m", "reflink=1", disk]);
  execFileSync("mount", ["-o", "loop", disk, mounted]);
  try {
    execFileSync("cp", ["--sparse=never", base?.path ?? "", join(mounted, "base.img")]);
    const before = statfsSync(mounted).bfree;
    const { made } = await run("mounted/base.img", wantedIn("mounted/out", ".img"));
    assert.is(made.length, 3);
    for (const { path } of made) assert.ok(statSync(path).blocks * 512 > 50_000_000);
    const taken = (before - statfsSync(mounted).bfree) * statfsSync(mounted).bsize;
    assert.ok(taken < 4_000_000, `${taken} bytes`);
  } finally {
    execFileSync("umount", [mounted]);
  }
});

const toUbuntu = (each: Wanted): Wanted => ({ ...each, bootFiles: { ...each.bootFiles, fits: ["ubuntu"] } });

withTools(test, "leaves out sensors that want another kind of image, and says so", async () => {
  prepare();
  const wanted = wantedIn("mixed", ".img").map((each) => (each.name === "cellar-pi" ? toUbuntu(each) : each));
  const { made, leftOut } = await run("base.img.xz", wanted);
  assert.equal(leftOut, ["cellar-pi"]);
  assert.equal(
    made.map(({ path }) => path),
    [wanted[0]?.output, wanted[2]?.output],
  );
});

withTools(test, "refuses a base that is for none of them", async () => {
  prepare();
  const wanted = wantedIn("none", ".img").map(toUbuntu);
  assert.match(await refusalOf(() => run("base.img.xz", wanted)), /the settings want Ubuntu/);
  assert.equal(readdirSync(join(folder, "none")), []);
});

withTools(test, "stops all when one fails, and leaves nothing unfinished", async () => {
  prepare();
  const big = { path: "big", content: new Uint8Array(40 << 20) };
  const wanted = wantedIn("failing", ".img").map((each) =>
    each.name === "cellar-pi" ? { ...each, bootFiles: { ...each.bootFiles, files: [big] } } : each,
  );
  assert.match(await refusalOf(() => run("base.img.xz", wanted)), /^cellar-pi: .* too small/);
  for (const name of readdirSync(join(folder, "failing"))) assert.not.match(name, "sensorbake");
});

for (const from of ["base.img", "base.img.xz"])
  withTools(test, `checks the checksum of ${from} before the first image is in its place`, async () => {
    prepare();
    const wanted = wantedIn(`checked-${from}`, ".img");
    assert.match(
      await refusalOf(() => run(from, wanted, { sha256: "0".repeat(64) })),
      /has a different checksum/,
    );
    const found = existsSync(join(folder, `checked-${from}`))
      ? readdirSync(join(folder, `checked-${from}`))
      : [];
    assert.equal(found, []);
  });

// The rules of Imager's doc/json-schema/os-list-schema.json and its os-list documentation, in our words.
const manifestSchema = {
  type: "object",
  required: ["os_list"],
  properties: {
    imager: { type: "object" },
    os_list: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: [
          "name",
          "description",
          "icon",
          "url",
          "extract_size",
          "extract_sha256",
          "image_download_size",
          "release_date",
          "devices",
        ],
        properties: {
          name: { type: "string" },
          description: { type: "string" },
          icon: { type: "string", pattern: "^https://" },
          url: { type: "string", pattern: "^(https|file)://" },
          extract_size: { type: "integer", minimum: 1 },
          extract_sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
          image_download_size: { type: "integer", minimum: 1 },
          image_download_sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
          release_date: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\d$" },
          init_format: { enum: ["", "systemd", "cloudinit", "cloudinit-rpi", "rpi-preseed", "none"] },
          devices: { type: "array", minItems: 1, items: { type: "string", pattern: "^pi[1-5]-(32|64)bit$" } },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

withTools(test, "lists images as Raspberry Pi Imager wants them", async () => {
  prepare();
  const [wanted] = wantedIn("listed", ".img.gz");
  if (wanted === undefined) throw new Error("no sensor");
  const { made } = await run("base.img", [wanted]);
  const [image] = made;
  if (image === undefined) throw new Error("no image");
  const manifest: { readonly os_list: readonly Record<string, unknown>[] } = JSON.parse(
    imagerList([{ name: "attic-pi", url: "https://example.org/attic-pi.img.gz", made: image }], "2026-01-02"),
  );
  const validate: ValidateFunction = new Ajv().compile(manifestSchema);
  const isValid = validate(manifest);
  assert.ok(isValid, JSON.stringify(validate.errors));
  const entry = manifest.os_list[0] ?? {};
  assert.is(entry.extract_size, base?.size);
  assert.is(entry.image_download_size, statSync(wanted.output).size);
  assert.is(entry.image_download_sha256, sha256(readFileSync(wanted.output)));
  assert.is(entry.extract_sha256, image.imageSha256);
  assert.is(entry.release_date, "2025-11-24", "the base's own date");
  assert.is(entry.init_format, "none");
  assert.equal(entry.devices, ["pi5-64bit", "pi4-64bit", "pi3-64bit"]);
});

test.run();
