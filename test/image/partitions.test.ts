import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { endOfHead, endOfPartitions, readPartitions, tableBytes } from "../../src/image/partitions.ts";
import { refusalOf } from "../support/boot-files.ts";
import { memoryRegion } from "../support/memory-region.ts";

const test = suite("image: partition tables");
const MiB = 1 << 20;

function mbr(...entries: readonly (readonly [number, number, number])[]): Uint8Array {
  const bytes = new Uint8Array(tableBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, [type, start, size]] of entries.entries()) {
    view.setUint8(446 + 16 * index + 4, type);
    view.setUint32(446 + 16 * index + 8, start, true);
    view.setUint32(446 + 16 * index + 12, size, true);
  }
  view.setUint16(510, 0xaa55, true);
  return bytes;
}

// A table with one EFI partition from 8 to 16 MiB, in sectors of this size.
function gpt(sectorBytes: number): Uint8Array {
  const bytes = mbr([0xee, 1, 0xffffffff]);
  const view = new DataView(bytes.buffer);
  const [header, entries] = [sectorBytes, 2 * sectorBytes];
  bytes.set(Buffer.from("28732ac11ff8d211ba4b00a0c93ec93b", "hex"), entries);
  view.setBigUint64(entries + 32, BigInt((8 * MiB) / sectorBytes), true);
  view.setBigUint64(entries + 40, BigInt((16 * MiB) / sectorBytes - 1), true);
  bytes.set(Buffer.from("EFI PART"), header);
  view.setUint32(header + 12, 92, true);
  view.setBigUint64(header + 72, 2n, true);
  view.setUint32(header + 80, 128, true);
  view.setUint32(header + 84, 128, true);
  view.setUint32(header + 88, crc32(bytes.subarray(entries, entries + 128 * 128)), true);
  view.setUint32(header + 16, crc32(bytes.subarray(header, header + 92)), true);
  return bytes;
}

test("reads an MBR, and skips empty entries", () => {
  const table = readPartitions(
    memoryRegion(mbr([0x0c, 16_384, 1_048_576], [0x83, 1_064_960, 4_000_000], [0, 0, 0])),
  );
  assert.equal(table, {
    kind: "mbr",
    partitions: [
      { number: 1, start: 8 * MiB, size: 512 * MiB, mayBeFat: true },
      { number: 2, start: 520 * MiB, size: 4_000_000 * 512, mayBeFat: false },
    ],
  });
  assert.is(endOfHead(table), 520 * MiB);
  assert.is(endOfPartitions(table), 520 * MiB + 4_000_000 * 512);
});

test("reads an MBR of the largest numbers", () => {
  const { partitions } = readPartitions(memoryRegion(mbr([0x83, 0xffffffff, 0xffffffff])));
  assert.is(partitions[0]?.start, 0xffffffff * 512);
});

for (const sectorBytes of [512, 4096])
  test(`reads a GPT in sectors of ${sectorBytes} bytes`, () => {
    const table = readPartitions(memoryRegion(gpt(sectorBytes)));
    assert.equal(table, {
      kind: "gpt",
      partitions: [{ number: 1, start: 8 * MiB, size: 8 * MiB, mayBeFat: true }],
    });
  });

for (const [name, at] of [
  ["header", 512 + 40],
  ["entry", 1024 + 33],
] as const)
  test(`refuses a GPT with a wrong byte in its ${name}`, async () => {
    const bytes = gpt(512);
    bytes[at] = ~(bytes[at] ?? 0);
    assert.match(await refusalOf(() => readPartitions(memoryRegion(bytes))), /GPT.* is damaged/);
  });

test("refuses a GPT without a header", async () => {
  assert.match(await refusalOf(() => readPartitions(memoryRegion(mbr([0xee, 1, 1])))), /GPT.* is damaged/);
});

test.run();
