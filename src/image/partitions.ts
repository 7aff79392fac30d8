import { crc32 } from "node:zlib";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Region } from "./region.ts";

/** One partition: its range in bytes, and whether its type allows a FAT file system. */
export type Partition = {
  readonly number: number;
  readonly start: number;
  readonly size: number;
  readonly mayBeFat: boolean;
};

export type PartitionTable = { readonly kind: "mbr" | "gpt"; readonly partitions: readonly Partition[] };

/** The number of bytes needed to read the partition table. */
export const tableBytes = 1 << 20;

/** Reads the partition table, MBR or GPT; throws `OutsideError` if there is none, or its checksum is wrong. */
export function readPartitions(disk: Region): PartitionTable {
  const sector = disk.size < 512 ? new Uint8Array(512) : disk.read(0, 512);
  if (sector[510] !== 0x55 || sector[511] !== 0xaa)
    throw new OutsideError(
      "this is not a disk image: it has no partition table",
      "use an image for cards (.img, .img.xz, .img.gz or .zip)",
    );
  const entries = [0, 1, 2, 3].map((index) => mbrEntry(sector, index));
  if (entries.some(({ type }) => type === 0xee)) return { kind: "gpt", partitions: readGpt(disk) };
  const partitions = entries
    .filter(({ type, size }) => type !== 0 && size > 0)
    .map(({ number, start, size, type }) => ({ number, start, size, mayBeFat: fatTypes.has(type) }));
  return { kind: "mbr", partitions };
}

/** The byte after the last partition, the minimum size of a card for the image. */
export function endOfPartitions(table: PartitionTable): number {
  return Math.max(0, ...table.partitions.map(({ start, size }) => start + size));
}

/** The byte after the last possible boot partition; an image is not changed beyond it. */
export function endOfHead(table: PartitionTable): number {
  return endOfPartitions({ ...table, partitions: table.partitions.filter(({ mayBeFat }) => mayBeFat) });
}

/** The error for an image that is shorter than its partition table says. */
export function cutShort(bytes: number): OutsideError {
  return new OutsideError(
    `the image ends at byte ${bytes}, before its last partition does`,
    "it was truncated: download it again and compare its checksum",
  );
}

const fatTypes = new Set([0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e, 0xef]);

// EFI system and Microsoft basic data, in their form on the disk (the first three fields are little-endian).
const fatGuids = new Set(["28732ac11ff8d211ba4b00a0c93ec93b", "a2a0d0ebe5b9334487c068b6b72699c7"]);

function mbrEntry(sector: Uint8Array, index: number) {
  const view = new DataView(sector.buffer, sector.byteOffset + 446 + 16 * index, 16);
  const [start, size] = [view.getUint32(8, true) * 512, view.getUint32(12, true) * 512];
  return { number: index + 1, type: view.getUint8(4), start, size };
}

// The header is in the second sector; the table does not contain the sector size (512 or 4096 bytes).
function readGpt(disk: Region): readonly Partition[] {
  for (const sectorBytes of [512, 4096]) {
    const header = disk.read(sectorBytes, 512);
    if (Buffer.from(header.subarray(0, 8)).toString("latin1") !== "EFI PART") continue;
    return gptPartitions(disk, header, sectorBytes);
  }
  throw damagedTable();
}

function gptPartitions(disk: Region, header: Uint8Array, sectorBytes: number): readonly Partition[] {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const headerBytes = view.getUint32(12, true);
  const [count, entryBytes] = [view.getUint32(80, true), view.getUint32(84, true)];
  if (headerBytes < 92 || headerBytes > 512 || entryBytes < 128 || count * entryBytes > tableBytes)
    throw damagedTable();
  const summed = header.slice(0, headerBytes);
  summed.fill(0, 16, 20);
  const entries = disk.read(Number(view.getBigUint64(72, true)) * sectorBytes, count * entryBytes);
  if (crc32(summed) !== view.getUint32(16, true) || crc32(entries) !== view.getUint32(88, true))
    throw damagedTable();

  const partitions: Partition[] = [];
  for (let index = 0; index < count; index++) {
    const entry = new DataView(entries.buffer, entries.byteOffset + index * entryBytes, entryBytes);
    const guid = Buffer.from(entries.subarray(index * entryBytes, index * entryBytes + 16)).toString("hex");
    if (/^0+$/.test(guid)) continue;
    const [first, last] = [Number(entry.getBigUint64(32, true)), Number(entry.getBigUint64(40, true))];
    const [start, size] = [first * sectorBytes, (last + 1 - first) * sectorBytes];
    partitions.push({ number: index + 1, start, size, mayBeFat: fatGuids.has(guid) });
  }
  return partitions;
}

function damagedTable(): OutsideError {
  return new OutsideError(
    "the partition table (GPT) of the image is damaged",
    "download the image again and compare its checksum",
  );
}
