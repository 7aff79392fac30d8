import { closeSync, copyFileSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { BootFiles } from "../../src/artifacts/boot-files.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { loadFat } from "../../src/image/fat.ts";
import { inject } from "../../src/image/inject.ts";
import { fileRegion, type Region } from "../../src/image/region.ts";
import { refusalOf } from "../support/boot-files.ts";
import { memoryRegion } from "../support/memory-region.ts";
import { needs } from "../support/needs.ts";
import {
  bootFile,
  bootTree,
  checkBoot,
  digestOf,
  imageTools,
  type Made,
  makePiImage,
  type PiImage,
  poke,
} from "../support/pi-image.ts";

const test = suite("image: injection");
const withTools = needs(...imageTools);
const MiB = 1 << 20;

let folder = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "inject-"));
});
test.after(() => rmSync(folder, { recursive: true }));

const bootFiles: BootFiles = {
  fits: ["raspios-13"],
  files: [
    { path: "user-data", content: `#cloud-config\n${"hostname: lab\n".repeat(5000)}` },
    { path: "meta-data", content: "instance-id: lab-1\n" },
    { path: "SENSOR-README.txt", content: "a sensor – näïve\n" },
    { path: "sensorbake/a folder/payload with a long name.tar.gz", content: new Uint8Array(300_000).fill(7) },
  ],
  cmdline: ["ds=nocloud;i=lab-1", "cfg80211.ieee80211_regdom=DE"],
  config: ["dtparam=watchdog=on"],
};

function made(name: string, given: PiImage): Made {
  return makePiImage(join(folder, name), given);
}

async function injectInto({ path, size }: Made, files: BootFiles, wrap = (region: Region) => region) {
  const fat = await loadFat();
  const descriptor = openSync(path, "r+");
  try {
    const done = inject(wrap(fileRegion(descriptor, size)), files, fat);
    fsyncSync(descriptor);
    return done;
  } finally {
    closeSync(descriptor);
  }
}

for (const [name, given] of [
  ["an MBR image aligned at 8 MiB", { kind: "raspios-13" }],
  ["an MBR image aligned at 4 MiB", { kind: "raspios-13", bootStart: 4 }],
  ["a GPT image", { kind: "raspios-13", table: "gpt" }],
  ["an image with a boot partition of 512 MiB", { kind: "raspios-13", bootSize: 512 }],
] as const satisfies readonly (readonly [string, PiImage])[])
  withTools(test, `changes the boot files of ${name} and nothing else`, async () => {
    const image = made("a.img", given);
    const bootSize = ("bootSize" in given ? given.bootSize : 36) * MiB;
    const outside = () => [digestOf(image, 0, image.boot), digestOf(image, image.root, image.size)];
    const before = outside();
    const treeBefore = bootTree(image);
    const done = await injectInto(image, bootFiles);
    assert.is(done.kind, "raspios-13");
    assert.is(done.date, "2025-11-24");
    assert.equal(done.written, [...bootFiles.files.map(({ path }) => path), "config.txt", "cmdline.txt"]);

    checkBoot(image, bootSize);
    const tree = new Map(bootTree(image));
    for (const { path, content } of bootFiles.files) {
      assert.is(Buffer.compare(bootFile(image, path), Buffer.from(content as string)), 0, path);
      tree.delete(path);
    }
    const cmdline = treeBefore.get("cmdline.txt")?.toString().trimEnd();
    assert.is(tree.get("cmdline.txt")?.toString(), `${cmdline} ${bootFiles.cmdline.join(" ")}\n`);
    assert.ok(
      tree
        .get("config.txt")
        ?.toString()
        .endsWith("\n# sensorbake: begin\n[all]\ndtparam=watchdog=on\n# sensorbake: end\n"),
    );
    for (const [path, content] of treeBefore) {
      if (done.written.includes(path)) continue;
      assert.is(Buffer.compare(tree.get(path) ?? Buffer.alloc(0), content), 0, path);
    }
    assert.is(tree.size, treeBefore.size - 2);

    assert.equal(outside(), before);
  });

withTools(test, "changes nothing if the files already exist, and replaces changed ones", async () => {
  const image = made("b.img", { kind: "raspios-13" });
  await injectInto(image, bootFiles);
  const before = digestOf(image, 0, image.size);
  assert.equal((await injectInto(image, bootFiles)).written, []);
  assert.is(digestOf(image, 0, image.size), before);
  const other = { ...bootFiles, cmdline: ["ds=nocloud;i=lab-2"], config: [] };
  assert.equal((await injectInto(image, other)).written, ["config.txt", "cmdline.txt"]);
  assert.is(
    bootFile(image, "cmdline.txt")
      .toString()
      .match(/ds=nocloud;i=lab-\d/g)
      ?.join(),
    "ds=nocloud;i=lab-2",
  );
  assert.not.match(bootFile(image, "config.txt").toString(), "sensorbake");
  checkBoot(image, 36 * MiB);
});

withTools(test, "produces the same bytes at any time and place", async () => {
  const image = made("c.img", { kind: "raspios-13" });
  copyFileSync(image.path, join(folder, "d.img"));
  await injectInto(image, bootFiles);
  const zone = process.env.TZ;
  process.env.TZ = "Pacific/Auckland";
  await injectInto({ ...image, path: join(folder, "d.img") }, bootFiles);
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  const other = { ...image, path: join(folder, "d.img") };
  assert.is(digestOf(image, 0, image.size), digestOf(other, 0, image.size));
});

for (const [kind, fits] of [
  ["raspios-12", "raspios-12"],
  ["ubuntu", "ubuntu"],
] as const)
  withTools(test, `knows ${kind} by its files`, async () => {
    const image = made("e.img", { kind, files: 5 });
    assert.is((await injectInto(image, { ...bootFiles, fits: [fits] })).kind, kind);
  });

const refusals: readonly (readonly [string, PiImage, (image: Made) => void, BootFiles, RegExp])[] = [
  [
    "an image of another kind",
    { kind: "raspios-12", files: 1 },
    () => {},
    bootFiles,
    /is Raspberry Pi OS 12 .* the settings want Raspberry Pi OS 13/,
  ],
  [
    "an image without a first-boot mechanism",
    { kind: "bare", files: 1 },
    () => {},
    bootFiles,
    /no known first-boot mechanism/,
  ],
  [
    "an image without a boot label",
    { kind: "raspios-13", files: 1, label: "DATA" },
    () => {},
    bootFiles,
    /partition 1 is FAT and labelled "DATA"/,
  ],
  [
    "more than fits",
    { kind: "raspios-13", files: 1 },
    () => {},
    { ...bootFiles, files: [{ path: "big", content: new Uint8Array(37 * MiB) }] },
    /too small: 3\d+ kB are needed and \d+ kB are free/,
  ],
  [
    "allocation tables that differ",
    { kind: "raspios-13", files: 1 },
    (image) => poke(image, 8 * MiB + 32 * 512 + 100, 0xff),
    bootFiles,
    /two allocation tables that differ/,
  ],
  [
    "a boot sector of nonsense",
    { kind: "raspios-13", files: 1 },
    (image) => poke(image, 8 * MiB + 13, 3),
    bootFiles,
    /should be FAT by its type and is not/,
  ],
  [
    "a file system larger than its partition",
    { kind: "raspios-13", files: 1 },
    (image) => poke(image, 8 * MiB + 34, 2),
    bootFiles,
    /larger than its partition/,
  ],
  [
    "a volume that is not unmounted",
    { kind: "raspios-13", files: 1 },
    (image) => {
      poke(image, 8 * MiB + 32 * 512 + 7, 0x07);
      poke(image, secondTable(image) + 7, 0x07);
    },
    bootFiles,
    /not unmounted/,
  ],
  [
    "a file without a partition table",
    { kind: "raspios-13", files: 1 },
    (image) => poke(image, 510, 0),
    bootFiles,
    /no partition table/,
  ],
  [
    "a GPT whose checksum is wrong",
    { kind: "raspios-13", files: 1, table: "gpt" },
    (image) => poke(image, 1024 + 40, 0x99),
    bootFiles,
    /GPT.* is damaged/,
  ],
];
for (const [name, given, spoil, files, want] of refusals)
  withTools(test, `refuses ${name}, having written nothing`, async () => {
    const image = made("f.img", given);
    spoil(image);
    const before = digestOf(image, 0, image.size);
    assert.match(await refusalOf(() => injectInto(image, files)), want);
    assert.is(digestOf(image, 0, image.size), before);
  });

withTools(test, "notices a disk that loses a write", async () => {
  const image = made("g.img", { kind: "raspios-13", files: 1 });
  let writes = 0;
  const losing = (region: Region): Region => ({
    ...region,
    write: (position, bytes) => {
      if (++writes !== 20) region.write(position, bytes);
    },
  });
  assert.match(await refusalOf(() => injectInto(image, bootFiles, losing)), /reads back different|damaged/);
});

withTools(test, "reports the disk's error if a write fails", async () => {
  const image = made("h.img", { kind: "raspios-13", files: 1 });
  const failing = (region: Region): Region => ({
    ...region,
    write: () => {
      throw new OutsideError("no space left on the disk");
    },
  });
  assert.match(await refusalOf(() => injectInto(image, bootFiles, failing)), /^no space left on the disk/);
});

test("refuses an image that ends in the middle of its boot partition", async () => {
  const fat = await loadFat();
  const bytes = new Uint8Array(1024);
  bytes.set([0x55, 0xaa], 510);
  bytes[446 + 4] = 0x0c;
  new DataView(bytes.buffer).setUint32(446 + 8, 2048, true);
  new DataView(bytes.buffer).setUint32(446 + 12, 2048, true);
  assert.match(await refusalOf(async () => inject(memoryRegion(bytes), bootFiles, fat)), /ends at byte 1024/);
});

function secondTable({ path, boot }: Made): number {
  return boot + (32 + readFileSync(path).readUInt32LE(boot + 36)) * 512;
}

test.run();
