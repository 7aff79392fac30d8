import type { Wrapper } from "ssh2-sftp-client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readInPlace } from "../../src/backups/sftp/read-in-place.ts";

const test = suite("remote/read-in-place");

type Request = { buffer?: Buffer; cb: (error: undefined, data: Buffer | undefined, count: number) => void };

/** The internals of ssh2's object that the reader changes; keeps the bytes that it passes on. */
function stub() {
  const foreign: (Buffer | null)[] = [];
  const requests: Record<number, Request> = {};
  const sftp = { _requests: requests, push: (data: Buffer | null) => void foreign.push(data) };
  return { sftp: sftp as unknown as Wrapper, requests, foreign };
}

function data(id: number, text: string, said = text.length): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(9 + text.length, 0);
  header[4] = 103;
  header.writeUInt32BE(id, 5);
  header.writeUInt32BE(said, 9);
  return Buffer.concat([header, Buffer.from(text)]);
}

function message(type: number, text: string): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(1 + text.length, 0);
  header[4] = type;
  return Buffer.concat([header, Buffer.from(text)]);
}

test("answers land in the callers' buffers, the rest with ssh2, wherever the stream is cut", () => {
  const others = [message(2, "four"), message(101, ""), message(104, "a long list of names"), data(9, "")];
  const [version, status, names, empty] = others as [Buffer, Buffer, Buffer, Buffer];
  const stream = Buffer.concat([version, data(1, "first"), status, names, data(2, "the second"), empty]);
  for (let step = 1; step <= stream.length; step++) {
    const { sftp, requests, foreign } = stub();
    const got: string[] = [];
    for (const id of [1, 2, 9]) {
      const buffer = Buffer.alloc(16);
      requests[id] = {
        buffer,
        cb: (_, into, count) => got.push(`${id} ${into === buffer} ${buffer.toString("utf8", 0, count)}`),
      };
    }
    readInPlace(sftp);
    // Like a socket, reuse the memory of one read for the next.
    const read = Buffer.alloc(step);
    for (let at = 0; at < stream.length; at += step) {
      const count = stream.copy(read, 0, at, at + step);
      sftp.push(Buffer.from(read.subarray(0, count)));
      read.fill(0);
    }
    assert.equal(got, ["1 true first", "2 true the second"], `steps of ${step}`);
    assert.equal(Object.keys(requests), ["9"]);
    assert.is(Buffer.concat(foreign as Buffer[]).compare(Buffer.concat(others)), 0, `steps of ${step}`);
  }
});

for (const [name, answer] of [
  ["to nobody", data(8, "abc")],
  ["longer than was asked for", data(1, "abcdefgh")],
  ["that lies about its length", data(1, "abc", 2)],
] as const)
  test(`an answer ${name} is left to ssh2`, () => {
    const { sftp, requests, foreign } = stub();
    requests[1] = { buffer: Buffer.alloc(4), cb: () => assert.unreachable() };
    readInPlace(sftp);
    sftp.push(answer);
    assert.is(Buffer.concat(foreign as Buffer[]).compare(answer), 0);
  });

test("reports the end, and does not change another ssh2", () => {
  const { sftp, foreign } = stub();
  readInPlace(sftp);
  sftp.push(null);
  assert.equal(foreign, [null]);
  const push = () => {};
  const strange = { push } as unknown as Wrapper;
  readInPlace(strange);
  assert.is(strange.push, push);
});

test.run();
