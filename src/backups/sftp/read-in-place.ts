import type { Wrapper } from "ssh2-sftp-client";

const dataType = 103;

/**
 * Writes replies to `read` directly into the caller's buffer. ssh2 1.17 first collects each in its own memory, as much
 * as the whole file, which is more work for the garbage collector than all the rest. Unexpected replies are left to ssh2,
 * which reports them; so is everything in an ssh2 version with a different structure.
 */
export function readInPlace(sftp: Wrapper): void {
  const { _requests: requests } = sftp;
  if (typeof requests !== "object" || typeof sftp.push !== "function") return;
  const push = sftp.push.bind(sftp);
  // Length, type, request, length of the data: 4, 1, 4 and 4 bytes. All have the first five.
  const header = Buffer.alloc(13);
  let headerBytes = 0;
  /** The remaining bytes of a message for ssh2. */
  let foreignBytes = 0;
  let target: Buffer | undefined;
  let filled = 0;

  function take(data: Buffer, at: number): number {
    if (foreignBytes > 0) {
      const part = data.subarray(at, at + foreignBytes);
      foreignBytes -= part.length;
      push(part);
      return part.length;
    }
    if (target !== undefined) {
      const count = data.copy(target, filled, at);
      filled += count;
      if (filled === target.length) finish();
      return count;
    }
    const wanted = headerBytes < 5 || header[4] !== dataType ? 5 : header.length;
    const count = data.copy(header, headerBytes, at, at + wanted - headerBytes);
    headerBytes += count;
    if (headerBytes >= 5 && (header[4] !== dataType || headerBytes === header.length)) begin();
    return count;
  }

  function begin(): void {
    const bytes = header.readUInt32BE(0);
    const dataBytes = header.readUInt32BE(9);
    const wanted = headerBytes === header.length ? requests[header.readUInt32BE(5)]?.buffer : undefined;
    if (wanted !== undefined && bytes === dataBytes + 9 && dataBytes > 0 && dataBytes <= wanted.length) {
      target = wanted.subarray(0, dataBytes);
      filled = 0;
      return;
    }
    const begun = headerBytes;
    headerBytes = 0;
    foreignBytes = Math.max(0, bytes + 4 - begun);
    push(Buffer.from(header.subarray(0, begun)));
  }

  function finish(): void {
    const id = header.readUInt32BE(5);
    const request = requests[id];
    delete requests[id];
    headerBytes = 0;
    target = undefined;
    request?.cb(undefined, request.buffer, filled);
  }

  sftp.push = (data) => {
    if (data === null) return push(data);
    for (let at = 0; at < data.length; ) at += take(data, at);
  };
}
