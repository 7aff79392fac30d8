import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { download, fetchBytes, fetchText } from "../../src/image/download.ts";
import { refusalOf } from "../support/boot-files.ts";
import { needs } from "../support/needs.ts";

const test = suite("image: download");
const content = Buffer.alloc(3_000_000, "sensor ");
const sha256 = createHash("sha256").update(content).digest("hex");

let folder = "";
let server: Server | undefined;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "download-"));
});
test.after.each(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true });
});

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function serve(answer: Answer): Promise<string> {
  let count = 0;
  server = createServer((request, response) => answer(request, response, ++count));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/images/base.img.xz?x=1`;
}

// Like a web server: sends the whole file, or the part from an offset.
const whole: Answer = ({ headers }, response) => {
  const start = Number(headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
  if (start >= content.length) return void response.writeHead(416).end();
  response.writeHead(headers.range === undefined ? 200 : 206, { "content-length": content.length - start });
  response.end(content.subarray(start));
};

function get(url: string, more: object = {}): Promise<string> {
  return download({
    url,
    checksum: { algorithm: "sha256", hex: sha256 },
    folder,
    signal: new AbortController().signal,
    pauseSeconds: 0,
    ...more,
  });
}

test("fetches a file, and not a second time", async () => {
  let requests = 0;
  const url = await serve((request, response, count) => {
    requests = count;
    whole(request, response, count);
  });
  const reports: (readonly [number, number | undefined])[] = [];
  const path = await get(url, { report: (...values: [number, number]) => reports.push(values) });
  assert.is(path, join(folder, `${sha256.slice(0, 16)}-base.img.xz`));
  assert.is(Buffer.compare(readFileSync(path), content), 0);
  assert.equal(reports.at(-1), [content.length, content.length]);
  assert.is(await get(url), path);
  assert.is(requests, 1);
});

test("resumes after lost connections", async () => {
  const ranges: (string | undefined)[] = [];
  const url = await serve((request, response, count) => {
    ranges.push(request.headers.range);
    if (count > 7) return whole(request, response, count);
    const start = Number(request.headers.range?.match(/\d+/)?.[0] ?? 0);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      "content-length": content.length - start,
    });
    response.write(content.subarray(start, start + 300_000), () => setTimeout(() => response.destroy(), 20));
  });
  assert.is(Buffer.compare(readFileSync(await get(url)), content), 0);
  const starts = ranges.slice(1).map((range) => Number(range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0));
  assert.is(starts.length, 7);
  assert.equal(
    starts,
    [...starts].sort((a, b) => a - b),
    "never from further back",
  );
  assert.ok((starts.at(-1) ?? 0) > 0);
});

test("resumes an interrupted run", async () => {
  const url = await serve((request, response, count) => {
    if (count > 1) return whole(request, response, count);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 500_000));
  });
  const stop = new AbortController();
  const report = (bytes: number) => {
    if (bytes >= 500_000) stop.abort();
  };
  let error: unknown;
  await get(url, { signal: stop.signal, report }).catch((thrown: unknown) => {
    error = thrown;
  });
  assert.is((error as Error).name, "AbortError");
  assert.equal(readdirSync(folder), [`${sha256.slice(0, 16)}-base.img.xz.part`]);
  const first: number[] = [];
  assert.is(
    Buffer.compare(readFileSync(await get(url, { report: (bytes: number) => first.push(bytes) })), content),
    0,
  );
  assert.ok((first[0] ?? 0) > 500_000);
});

test("begins again when the server cannot go on", async () => {
  const url = await serve((_, response) => response.writeHead(200).end(content));
  writeFileSync(join(folder, `${sha256.slice(0, 16)}-base.img.xz.part`), "rubbish");
  assert.is(Buffer.compare(readFileSync(await get(url)), content), 0);
});

test("uses a complete existing file only if its checksum is right", async () => {
  const part = join(folder, `${sha256.slice(0, 16)}-base.img.xz.part`);
  const url = await serve(whole);
  writeFileSync(part, content);
  assert.is(Buffer.compare(readFileSync(await get(url)), content), 0);
});

test("refuses and deletes a file with a wrong checksum", async () => {
  const url = await serve((_, response) => response.end("another file"));
  assert.match(await refusalOf(() => get(url)), /has a different checksum: its sha256 is [0-9a-f]{64}/);
  assert.equal(readdirSync(folder), []);
});

test("refuses text that is not a URL, and accepts a badly encoded one", async () => {
  assert.match(await refusalOf(() => get("https://[nowhere")), /^https:\/\/\[nowhere is not a URL/);
  const url = await serve(whole);
  const path = await get(url.replace("base.img", "b%E0%A4%Ase.img"));
  assert.is(path, join(folder, `${sha256.slice(0, 16)}-b_E0_A4_Ase.img.xz`));
});

needs("mount", "root")(test, "says at once that the disk is full, and where", async () => {
  const url = await serve(whole);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
  try {
    // With pauses it would take half a minute.
    const error = await get(url, { pauseSeconds: 30 }).catch((thrown: unknown) => thrown);
    assert.is((error as NodeJS.ErrnoException).code, "ENOSPC");
    assert.match((error as NodeJS.ErrnoException).path ?? "", /base\.img\.xz\.part$/);
  } finally {
    execFileSync("umount", [folder]);
  }
});

test("reports the server's status", async () => {
  const url = await serve((_, response) => response.writeHead(404).end());
  assert.match(await refusalOf(() => get(url)), /returned status 404 Not Found/);
});

test("fails with a reason after some attempts without a byte", async () => {
  let requests = 0;
  const url = await serve((request, _, count) => {
    requests = count;
    request.socket.destroy();
  });
  assert.match(await refusalOf(() => get(url)), /cannot be fetched: .+ \| run the command again/);
  assert.is(requests, 5);
});

test("a fetch into memory ends at its limits, even if the server sends a byte from time to time", async () => {
  const { signal } = new AbortController();
  const limits = { signal, bytesAtMost: content.length, seconds: 30 };
  const url = await serve((request, response, count) => {
    if (request.url !== "/slow") return whole(request, response, count);
    const drip = setInterval(() => response.write("x"), 50);
    response.on("close", () => clearInterval(drip));
  });
  assert.is((await fetchBytes(url, limits))?.length, content.length);
  assert.match(
    await refusalOf(() => fetchBytes(url, { ...limits, bytesAtMost: content.length - 1 })),
    /has more than 2999999 bytes/,
  );
  assert.match(
    await refusalOf(() => fetchBytes(new URL("/slow", url).href, { ...limits, seconds: 1 })),
    /slow did not arrive within 1 s/,
  );
});

test("a fetched text has no byte order mark", async () => {
  const url = await serve((_, response) => response.end("\ufeffa list"));
  assert.is(await fetchText(url, new AbortController().signal), "a list");
});

test("retries when the server has an error", async () => {
  const url = await serve((request, response, count) =>
    count < 3 ? void response.writeHead(503).end() : whole(request, response, count),
  );
  assert.ok(existsSync(await get(url)));
});

test("follows a redirection", async () => {
  const url = await serve((request, response, count) =>
    request.url?.startsWith("/images")
      ? void response.writeHead(302, { location: "/mirror/x" }).end()
      : whole(request, response, count),
  );
  assert.is(Buffer.compare(readFileSync(await get(url)), content), 0);
});

test("refuses plain http from elsewhere, also when it is redirected there", async () => {
  const url = await serve((_, response) =>
    response.writeHead(302, { location: "http://192.0.2.1/base.img" }).end(),
  );
  assert.match(await refusalOf(() => get(url)), /192.0.2.1.* only https is/);
  assert.match(await refusalOf(() => get("http://192.0.2.1/base.img")), /only https is/);
  assert.match(await refusalOf(() => get("ftp://127.0.0.1/base.img")), /only https is/);
});

test.run();
