import { type ByteReader, Damaged, readBytes } from "./byte-reader.ts";
import type { Member } from "./member.ts";

const blockBytes = 512;

/** Maximum length of a long name or of pax records. */
const longestHeader = 1 << 20;

/**
 * The members of a tar stream: ustar, with the long names of GNU tar and pax (IEEE Std 1003.1). Names are bytes: existing
 * packages for tar streams decode pax headers as UTF-8 and lose other names.
 */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const bytes = readBytes(stream);
  let long: LongHeaders = {};
  for (;;) {
    const header = await bytes.take(blockBytes);
    if (header === undefined || header.every((byte) => byte === 0)) {
      await bytes.drain();
      return;
    }
    checkHeader(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const written = numberAt(header, 124, 12);
    if ("xgLK".includes(type)) {
      if (written > longestHeader) throw damaged();
      const content = (await padded(bytes, written)).toString("latin1");
      if (type === "L") long = { ...long, name: content.replace(/\0.*$/s, "") };
      if (type === "x") long = { ...long, ...paxHeaders(content) };
      continue;
    }
    const isFile = type === "0" || type === "\0" || type === "7";
    const size = long.size ?? written;
    const prefix = textAt(header, 257, 5) === "ustar" && header[262] === 0 ? textAt(header, 345, 155) : "";
    const short = textAt(header, 0, 100);
    const name = long.name ?? (prefix === "" ? short : `${prefix}/${short}`);
    long = {};
    const content = bytes.chunks(isFile || type === "S" ? size : 0);
    const isFolder = type === "5" || (isFile && name.endsWith("/"));
    yield {
      name,
      kind: isFolder ? "folder" : isFile ? "file" : "other",
      modified: new Date(1000 * numberAt(header, 136, 12)),
      content: { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) },
    };
    // The unread rest.
    for await (const _ of content);
    if (isFile || type === "S") await bytes.take(padding(size), true);
  }
}

async function padded(bytes: ByteReader, size: number): Promise<Buffer> {
  const content = await bytes.take(size, true);
  await bytes.take(padding(size), true);
  return content ?? Buffer.alloc(0);
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function checkHeader(header: Buffer): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== numberAt(header, 148, 8)) throw damaged();
}

function damaged(): Damaged {
  return new Damaged("the decrypted content is not a tar archive, or it is damaged");
}

function textAt(header: Buffer, start: number, length: number): string {
  return header.toString("latin1", start, start + length).replace(/\0.*$/s, "");
}

// Octal digits, or from 8 GB GNU's binary form, whose first bit is set. The second bit is the sign.
function numberAt(header: Buffer, start: number, length: number): number {
  const first = header[start] ?? 0;
  if ((first & 0x80) === 0) return Math.max(0, Number.parseInt(textAt(header, start, length), 8) || 0);
  if ((first & 0x40) !== 0) return 0;
  let value = first & 0x3f;
  for (let index = start + 1; index < start + length; index++) value = value * 256 + (header[index] ?? 0);
  if (!Number.isSafeInteger(value)) throw damaged();
  return value;
}

type LongHeaders = { readonly name?: string; readonly size?: number };

// `LENGTH KEY=VALUE\n`, the length in bytes.
function paxHeaders(records: string): LongHeaders {
  let found: LongHeaders = {};
  for (let at = 0; at < records.length; ) {
    const [, digits = "0"] = /^(\d{1,7}) /.exec(records.slice(at, at + 8)) ?? [];
    const record = records.slice(at + digits.length + 1, at + Number(digits) - 1);
    if (record === "") throw damaged();
    at += Number(digits);
    if (record.startsWith("path=")) found = { ...found, name: record.slice(5) };
    if (record.startsWith("size=")) {
      if (!/^size=\d{1,15}$/.test(record)) throw damaged();
      found = { ...found, size: Number(record.slice(5)) };
    }
  }
  return found;
}
