import { endianness } from "node:os";
import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Region } from "./region.ts";

/** The facts of a FAT file system. Sizes in bytes. */
export type FatFacts = {
  readonly bits: 12 | 16 | 32;
  readonly label: string;
  readonly clusterBytes: number;
  readonly clusters: number;
  readonly freeClusters: number;
};

/**
 * Reads the facts of a FAT file system on a partition; `undefined` if it has another content. Throws `OutsideError` if
 * the file system is damaged: different copies of the allocation table, a table too small for the clusters, a size beyond
 * the partition, or a mark that it was not unmounted.
 */
export function readFatFacts(volume: Region): FatFacts | undefined {
  const geometry = readGeometry(volume.read(0, 512));
  if (geometry === undefined) return undefined;
  const { bits, clusters, clusterBytes, tableStart, tableSize, rootStart, rootSize } = geometry;
  if (geometry.totalBytes > volume.size) throw damaged("claims to be larger than its partition");
  if (tableSize * 8 < (clusters + 2) * bits)
    throw damaged("has an allocation table too small for its clusters");
  const [first, second] = entriesOf(volume.read(tableStart, 8), bits);
  if (((first ?? 0) & 0xff) !== geometry.media)
    throw damaged("has an allocation table that begins with invalid values");
  const freeClusters = countFree(volume, geometry);
  if (!wasUnmounted(second ?? 0, bits))
    throw new OutsideError(
      "the boot partition was in use when it was copied: its file system is marked as not unmounted",
      "repair it with fsck.vfat -a, or use an image that has never been booted",
    );

  const root =
    bits === 32 ? readChain(volume, geometry, geometry.rootCluster) : volume.read(rootStart, rootSize);
  return { bits, clusterBytes, clusters, freeClusters, label: labelIn(root) ?? geometry.label };
}

const blockBytes = 192 * 1024;

// Reads the allocation tables, which must be identical. A block has whole entries of each kind, and a whole FAT12 table.
function countFree(volume: Region, { bits, clusters, tables, tableStart, tableSize }: Geometry): number {
  const [memory, other] = [new Uint8Array(blockBytes), new Uint8Array(blockBytes)];
  let free = 0;
  for (let at = 0; at < tableSize; at += blockBytes) {
    const bytes = Math.min(blockBytes, tableSize - at);
    const block = volume.read(tableStart + at, bytes, memory);
    for (let copy = 1; copy < tables; copy++)
      if (Buffer.compare(block, volume.read(tableStart + copy * tableSize + at, bytes, other)) !== 0)
        throw damaged("has two allocation tables that differ");
    const before = (at * 8) / bits;
    free += freeIn(entriesOf(block, bits), Math.max(0, 2 - before), clusters + 2 - before);
  }
  return free;
}

function freeIn(entries: Uint32Array | Uint16Array, from: number, to: number): number {
  let free = 0;
  const end = Math.min(to, entries.length);
  for (let index = from; index < end; index++) if (((entries[index] ?? 0) & 0x0fff_ffff) === 0) free++;
  return free;
}

type Geometry = NonNullable<ReturnType<typeof readGeometry>>;

function readGeometry(sector: Uint8Array) {
  const view = new DataView(sector.buffer, sector.byteOffset, 512);
  const sectorBytes = view.getUint16(11, true);
  const perCluster = view.getUint8(13);
  const reserved = view.getUint16(14, true);
  const tables = view.getUint8(16);
  const rootSize = view.getUint16(17, true) * 32;
  const tableSize = (view.getUint16(22, true) || view.getUint32(36, true)) * sectorBytes;
  const isFat =
    view.getUint16(510, true) === 0xaa55 &&
    [512, 1024, 2048, 4096].includes(sectorBytes) &&
    perCluster > 0 &&
    (perCluster & (perCluster - 1)) === 0 &&
    reserved > 0 &&
    (tables === 1 || tables === 2) &&
    tableSize > 0;
  if (!isFat) return undefined;
  const totalBytes = (view.getUint16(19, true) || view.getUint32(32, true)) * sectorBytes;
  const clusterBytes = perCluster * sectorBytes;
  const tableStart = reserved * sectorBytes;
  const rootStart = tableStart + tables * tableSize;
  const dataStart = rootStart + rootSize;
  const clusters = Math.floor((totalBytes - dataStart) / clusterBytes);
  if (clusters < 1) return undefined;
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  const label = text(sector.subarray(bits === 32 ? 71 : 43, bits === 32 ? 82 : 54));
  return {
    ...({ bits, label, clusters, clusterBytes, totalBytes, tables, tableStart, tableSize } as const),
    ...{ rootStart, rootSize, dataStart, rootCluster: view.getUint32(44, true), media: view.getUint8(21) },
  };
}

// Typed arrays count the million entries of a Pi's boot partition in a millisecond.
function entriesOf(table: Uint8Array, bits: 12 | 16 | 32): Uint32Array | Uint16Array {
  const { buffer, byteOffset, byteLength } = table;
  if (bits === 12) {
    const view = new DataView(buffer, byteOffset, byteLength);
    return Uint16Array.from({ length: Math.floor((byteLength * 8) / 12) - 1 }, (_, cluster) => {
      const pair = view.getUint16(cluster + (cluster >> 1), true);
      return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
    });
  }
  if (endianness() === "BE") {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    if (bits === 32) bytes.swap32();
    else bytes.swap16();
  }
  return bits === 32
    ? new Uint32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
}

// The two high bits of the second entry: "cleanly unmounted" and "no read error so far".
function wasUnmounted(entry: number, bits: 12 | 16 | 32): boolean {
  const mask = bits === 32 ? 0x0c00_0000 : bits === 16 ? 0xc000 : 0;
  return (entry & mask) === mask;
}

function readChain(volume: Region, geometry: Geometry, first: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const next = (cluster: number) => {
    const [entry] = entriesOf(volume.read(geometry.tableStart + cluster * 4, 4), 32);
    return (entry ?? 0) & 0x0fff_ffff;
  };
  for (let cluster = first; cluster < 0x0fff_fff8; cluster = next(cluster)) {
    const isOutside = cluster < 2 || cluster >= geometry.clusters + 2;
    if (isOutside || parts.length * geometry.clusterBytes > 2 << 20)
      throw damaged("has a root folder with a broken chain of clusters");
    parts.push(
      volume.read(geometry.dataStart + (cluster - 2) * geometry.clusterBytes, geometry.clusterBytes),
    );
  }
  return Buffer.concat(parts);
}

// The label is an entry of the root folder with only the volume attribute (parts of a long name have further ones).
function labelIn(root: Uint8Array): string | undefined {
  for (let at = 0; at + 32 <= root.length && root[at] !== 0; at += 32)
    if (root[at] !== 0xe5 && ((root[at + 11] ?? 0) & 0x3f) === 0x08) return text(root.subarray(at, at + 11));
  return undefined;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1").trimEnd();
}

function damaged(how: string): OutsideError {
  return new OutsideError(
    `the boot partition is damaged: its file system ${how}`,
    "download the image again and compare its checksum; repair a used card with fsck.vfat -a",
  );
}
