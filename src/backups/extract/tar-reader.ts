import { OutsideError } from "../../diagnostics/outside-error.ts";

/** One member of a tar archive; `other`: a link, a device, a pipe. Its content is read before the next one is asked for. */
export type Member = {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  readonly content: AsyncIterable<Buffer>;
};

const blockBytes = 512;

/** Longest header of a long name or of pax records that is taken. */
const longestHeader = 1 << 20;

/** The members of a tar stream: ustar, with the long names of GNU tar and of pax (IEEE Std 1003.1). */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const bytes = reader(stream);
  let longName: string | undefined;
  let longSize: number | undefined;
  for (;;) {
    const header = await bytes.take(blockBytes);
    if (header === undefined || header.every((byte) => byte === 0)) return bytes.drain();
    checkHeader(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const size =
      longSize !== undefined && type !== "x" && type !== "L" ? longSize : numberAt(header, 124, 12);
    if (type === "x" || type === "g" || type === "L" || type === "K") {
      if (size > longestHeader) throw damaged();
      const text = (await bytes.take(size, true))?.toString("utf8") ?? "";
      await bytes.take(padding(size));
      if (type === "L") longName = text.replace(/\0.*$/s, "");
      if (type === "x") {
        longName = paxRecord(text, "path") ?? longName;
        const sized = paxRecord(text, "size");
        if (sized !== undefined) longSize = Number(sized);
      }
      continue;
    }
    const prefix = textAt(header, 257, 5) === "ustar" && header[262] === 0 ? textAt(header, 345, 155) : "";
    const short = textAt(header, 0, 100);
    const name = longName ?? (prefix === "" ? short : `${prefix}/${short}`);
    longName = undefined;
    longSize = undefined;
    const isFile = type === "0" || type === "\0" || type === "7";
    let left = isFile || type === "S" ? size : 0;
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await bytes.some(left);
        left -= chunk.length;
        yield chunk;
      }
    }
    const isFolder = type === "5" || (isFile && name.endsWith("/"));
    yield { name, kind: isFolder ? "folder" : isFile ? "file" : "other", content: content() };
    while (left > 0) left -= (await bytes.some(left)).length;
    await bytes.take(padding(isFile || type === "S" ? size : 0));
  }
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function checkHeader(header: Buffer): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== numberAt(header, 148, 8)) throw damaged();
}

function damaged(): OutsideError {
  return new OutsideError("what was decrypted is no tar archive, or it is cut off");
}

function textAt(header: Buffer, start: number, length: number): string {
  return header.toString("utf8", start, start + length).replace(/\0.*$/s, "");
}

// Octal digits, or from 8 GB on GNU's binary form, whose first bit is set.
function numberAt(header: Buffer, start: number, length: number): number {
  const first = header[start] ?? 0;
  if ((first & 0x80) === 0) return Number.parseInt(textAt(header, start, length).trim() || "0", 8) || 0;
  let value = first & 0x3f;
  for (let index = start + 1; index < start + length; index++) value = value * 256 + (header[index] ?? 0);
  if (!Number.isSafeInteger(value)) throw damaged();
  return value;
}

// `LENGTH KEY=VALUE\n`, the length in bytes.
function paxRecord(text: string, key: string): string | undefined {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString("latin1", at, at + 12), 10);
    if (!(length > 0)) return undefined;
    const record = bytes.toString("utf8", at, at + length - 1).replace(/^\d+ /, "");
    if (record.startsWith(`${key}=`)) return record.slice(key.length + 1);
    at += length;
  }
  return undefined;
}

function reader(stream: AsyncIterable<Buffer>) {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  return {
    /** Exactly so many bytes; `undefined` at the very end, unless they must be there. */
    take: async (length: number, isDue = false): Promise<Buffer | undefined> => {
      while (rest.length < length)
        if (!(await more())) {
          if (rest.length === 0 && !isDue) return undefined;
          throw damaged();
        }
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    /** At least one byte and at most so many. */
    some: async (most: number): Promise<Buffer> => {
      if (rest.length === 0 && !(await more())) throw damaged();
      const taken = rest.subarray(0, most);
      rest = rest.subarray(taken.length);
      return taken;
    },
    drain: async (): Promise<void> => {
      rest = Buffer.alloc(0);
      while (await more()) rest = Buffer.alloc(0);
    },
  };
}
