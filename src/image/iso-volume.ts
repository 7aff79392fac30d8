const sectorSize = 2048;

/** A file in the root of the volume. */
export type IsoFile = { readonly name: string; readonly content: Uint8Array };

type Placed = IsoFile & { readonly sector: number };

/** How a directory writes names: as plain ISO 9660, or as Joliet, which keeps lower case and hyphens. */
type Naming = {
  readonly text: (text: string) => Uint8Array;
  readonly fileName: (name: string) => string;
  readonly space: Uint8Array;
  readonly descriptorType: number;
  readonly escape: string;
  readonly pathTables: { readonly little: number; readonly big: number };
  readonly directory: number;
};

// Sectors 0 to 15 are the system area.
const firstDescriptor = 16;
const terminator = 18;

const plain: Naming = {
  text: (text) => new TextEncoder().encode(text),
  fileName: (name) => `${name.toUpperCase().replaceAll("-", "_")}.;1`,
  space: Uint8Array.of(0x20),
  descriptorType: 1,
  escape: "",
  pathTables: { little: 19, big: 20 },
  directory: 23,
};

const joliet: Naming = {
  text: (text) => Uint8Array.from([...text].flatMap((letter) => [0, letter.charCodeAt(0)])),
  fileName: (name) => name,
  space: Uint8Array.of(0, 0x20),
  descriptorType: 2,
  escape: "%/E",
  pathTables: { little: 21, big: 22 },
  directory: 24,
};

const firstFile = 25;

/**
 * An ISO 9660 volume with Joliet names and a few files in its root (ECMA-119). Names consist of lower-case letters and
 * hyphens. It contains no time, so the same files produce the same bytes.
 */
export function isoVolume(label: string, files: readonly IsoFile[]): Uint8Array<ArrayBuffer> {
  let sector = firstFile;
  const placed = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((file): Placed => {
      const own = { ...file, sector };
      sector += Math.ceil(file.content.length / sectorSize);
      return own;
    });
  const volume = new Uint8Array(sector * sectorSize);
  for (const naming of [plain, joliet]) {
    const { little, big } = naming.pathTables;
    put(volume, firstDescriptor + naming.descriptorType - 1, descriptor(label, naming, sector));
    put(volume, little, pathTable(naming, true));
    put(volume, big, pathTable(naming, false));
    put(volume, naming.directory, directory(placed, naming));
  }
  put(volume, terminator, Uint8Array.of(255, ...plain.text("CD001"), 1));
  for (const { sector: start, content } of placed) put(volume, start, content);
  return volume;
}

function put(volume: Uint8Array, sector: number, bytes: Uint8Array): void {
  volume.set(bytes, sector * sectorSize);
}

function descriptor(label: string, naming: Naming, sectors: number): Uint8Array {
  const bytes = new Uint8Array(sectorSize);
  const text = (offset: number, length: number, words = "") => {
    const { space } = naming;
    for (let at = 0; at + space.length <= length; at += space.length) bytes.set(space, offset + at);
    bytes.set(naming.text(words), offset);
  };
  bytes[0] = naming.descriptorType;
  bytes.set(plain.text("CD001"), 1);
  bytes[6] = 1;
  text(8, 32);
  text(40, 32, label);
  bytes.set(both(sectors, 4), 80);
  bytes.set(plain.text(naming.escape), 88);
  bytes.set(both(1, 2), 120);
  bytes.set(both(1, 2), 124);
  bytes.set(both(sectorSize, 2), 128);
  bytes.set(both(pathTableSize, 4), 132);
  bytes.set(number(naming.pathTables.little, 4, true), 140);
  bytes.set(number(naming.pathTables.big, 4, false), 148);
  bytes.set(record(Uint8Array.of(0), naming.directory, sectorSize, true), 156);
  for (const offset of [190, 318, 446, 574]) text(offset, 128);
  for (const offset of [702, 739, 776]) text(offset, 37);
  // Times that are not given.
  for (const offset of [813, 830, 847, 864]) bytes.set(plain.text("0".repeat(16)), offset);
  bytes[881] = 1;
  return bytes;
}

const pathTableSize = 10;

// Only the root.
function pathTable({ directory: sector }: Naming, isLittle: boolean): Uint8Array {
  return Uint8Array.of(1, 0, ...number(sector, 4, isLittle), ...number(1, 2, isLittle), 0, 0);
}

function directory(files: readonly Placed[], naming: Naming): Uint8Array {
  const own = [0, 1].map((name) => record(Uint8Array.of(name), naming.directory, sectorSize, true));
  const others = files.map(({ name, sector, content }) =>
    record(naming.text(naming.fileName(name)), sector, content.length, false),
  );
  return Uint8Array.from([...own, ...others].flatMap((each) => [...each]));
}

function record(name: Uint8Array, sector: number, size: number, isDirectory: boolean): Uint8Array {
  const length = 33 + name.length + ((33 + name.length) % 2);
  const bytes = new Uint8Array(length);
  bytes[0] = length;
  bytes.set(both(sector, 4), 2);
  bytes.set(both(size, 4), 10);
  // A fixed date, because some readers dislike none: 1 January 1980.
  bytes.set([80, 1, 1], 18);
  bytes[25] = isDirectory ? 2 : 0;
  bytes.set(both(1, 2), 28);
  bytes[32] = name.length;
  bytes.set(name, 33);
  return bytes;
}

function number(value: number, bytes: number, isLittle: boolean): Uint8Array {
  const big = Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * (bytes - 1 - index))) & 255);
  return isLittle ? big.reverse() : big;
}

// The standard writes most numbers in both byte orders.
function both(value: number, bytes: number): Uint8Array {
  return Uint8Array.of(...number(value, bytes, true), ...number(value, bytes, false));
}
