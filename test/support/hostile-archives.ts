import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import type { ArchiveFormat } from "../../src/backups/archive-name.ts";

/** A member as an attacker writes it: its name is bytes (one character each), and nothing about it is checked. */
export type HostileMember = {
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** Of a link: what it points to. */
  readonly content: Buffer;
};

/** A member of a name, a file unless it says otherwise. */
export function member(
  name: string,
  content: string | Buffer = "x",
  kind: HostileMember["kind"] = "file",
): HostileMember {
  return { name, kind, content: typeof content === "string" ? Buffer.from(content) : content };
}

/** Writes an archive without a password, or for a key of age: {@link makeAgeKey}. */
export async function writeArchive(
  file: string,
  format: ArchiveFormat,
  members: readonly HostileMember[],
  ageKey: AgeKey,
): Promise<void> {
  if (format === "zip") return writeFile(file, zip(members));
  if (format === "7z") return writeFile(file, sevenZip(members));
  await writeFile(`${file}.tar`, tar(members));
  await encrypt(`${file}.tar`, file, ageKey);
}

export type AgeKey = { readonly file: string; readonly recipient: string };

/** Makes a key of age. */
export async function makeAgeKey(file: string): Promise<AgeKey> {
  await execute("age-keygen", ["-o", file]);
  const [, recipient = ""] = /public key: (\S+)/.exec(await readFile(file, "utf8")) ?? [];
  return { file, recipient };
}

/** Compresses with zstd and encrypts with age, as a sensor does. */
export async function encrypt(tarFile: string, file: string, { recipient }: AgeKey): Promise<void> {
  const script = 'zstd --quiet --stdout <"$1" | age --encrypt --recipient "$2" --output "$3"';
  await execute("bash", ["-o", "pipefail", "-c", script, "bash", tarFile, recipient, file]);
}

const execute = promisify(execFile);
const modes = { file: 0o100755, folder: 0o40755, link: 0o120777 } as const;

/** A zip as Unix makes it, nothing compressed. */
export function zip(members: readonly HostileMember[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, kind, content } of members) {
    const path = Buffer.from(kind === "folder" ? `${name}/` : name, "latin1");
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(0x5b7be000, 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    local.push(Buffer.from("PK\x03\x04", "latin1"), common, path, content);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((modes[kind] << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, path);
    offset += 30 + path.length + content.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

/** A 7z archive, nothing compressed (7zFormat.txt of the 7-Zip sources). */
export function sevenZip(members: readonly HostileMember[]): Buffer {
  const full = members.filter(({ kind, content }) => kind !== "folder" && content.length > 0);
  const packed = Buffer.concat(full.map(({ content }) => content));
  const isEmpty = members.map((each) => !full.includes(each));
  const emptyOnes = members.filter((each) => !full.includes(each));
  const names = members.map(({ name }) => Buffer.from(`${wide(name)}\0`, "utf16le"));
  const attributes = members.map(({ kind }) =>
    word(((modes[kind] << 16) | 0x8000 | (kind === "folder" ? 0x10 : 0x20)) >>> 0),
  );
  const streams = [
    [0x04, 0x06, 0x00, 0x01, 0x09],
    number(packed.length),
    [0x00, 0x07, 0x0b, 0x01, 0x00, 0x01, 0x01, 0x00, 0x0c],
    number(packed.length),
    [0x00, 0x08, 0x0d],
    number(full.length),
    [0x09],
    ...full.slice(0, -1).map(({ content }) => number(content.length)),
    [0x0a, 0x01],
    ...full.map(({ content }) => word(crc32(content))),
    [0x00, 0x00],
  ];
  const header = join([
    [0x01],
    ...(full.length > 0 ? streams : []),
    [0x05],
    number(members.length),
    property(0x0e, [bits(isEmpty)]),
    property(0x0f, [bits(emptyOnes.map(({ kind }) => kind !== "folder"))]),
    property(0x11, [[0x00], ...names]),
    property(0x15, [[0x01, 0x00], ...attributes]),
    [0x00, 0x00],
  ]);
  const start = join([long(packed.length), long(header.length), word(crc32(header))]);
  const signature = Buffer.from("7z\xbc\xaf\x27\x1c\x00\x04", "latin1");
  return join([signature, word(crc32(start)), start, packed, header]);
}

// 7-Zip keeps a byte that is not UTF-8 as a character of its own: U+EF00 and the byte.
function wide(name: string): string {
  const bytes = Buffer.from(name, "latin1");
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  return name.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xef00 + byte.charCodeAt(0)));
}

type Bytes = readonly number[] | Buffer;

function join(parts: readonly Bytes[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

function property(id: number, parts: readonly Bytes[]): Buffer {
  const content = join(parts);
  return join([[id], number(content.length), content]);
}

function bits(flags: readonly boolean[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(flags.length / 8));
  flags.forEach((isSet, index) => {
    if (isSet) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  });
  return bytes;
}

function number(value: number): Buffer {
  return join([[0xff], long(value)]);
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A tar archive as GNU tar makes it. */
export function tar(members: readonly HostileMember[]): Buffer {
  const parts = members.flatMap(({ name, kind, content }) => {
    const path = Buffer.from(kind === "folder" ? `${name}/` : name, "latin1");
    const long = path.length > 100 ? entry("L", Buffer.from("././@LongLink"), path) : [];
    const type = { file: "0", folder: "5", link: "2" }[kind];
    return [...long, ...entry(type, path, content)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function entry(type: string, path: Buffer, content: Buffer): readonly Buffer[] {
  const header = Buffer.alloc(512);
  path.copy(header, 0, 0, 100);
  header.write("0000755\0", 100);
  header.write(`${(type === "2" || type === "5" ? 0 : content.length).toString(8).padStart(11, "0")}\0`, 124);
  header.write("15032137020\0", 136);
  header.write(`        ${type}`, 148);
  if (type === "2") content.copy(header, 157, 0, 100);
  header.write("ustar  \0", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  if (type === "2" || type === "5") return [header];
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}
