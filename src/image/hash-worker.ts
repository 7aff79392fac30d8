import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { HashAnswer, HashWork } from "./hash-file.ts";
import { blockBytes, sparseWriter } from "./sparse.ts";

// A worker thread (started by hash-file.ts) that hashes a file and returns the digest. Missing parts of the file are
// read, hashed and written in one pass.
const { path, missing, ...known } = workerData as HashWork;
const answer = (message: HashAnswer): void => parentPort?.postMessage(message);

const file = openSync(path, missing === undefined ? "r" : "r+");
const other = missing === undefined ? file : openSync(missing.path, "r");
const bytes = known.bytes ?? fstatSync(file).size;
const writer = sparseWriter(file);
const digest = createHash("sha256");
const block = Buffer.allocUnsafeSlow(blockBytes);
const zeros = Buffer.alloc(blockBytes);
const stepBytes = 64 << 20;
let reported = 0;

for (const { start, end } of known.parts ?? [{ start: 0, end: bytes }]) {
  await pass(start);
  while (writer.position() < end) {
    const isMissing = missing !== undefined && writer.position() >= missing.start;
    const length = Math.min(block.length, end - writer.position());
    const count = readSync(isMissing ? other : file, block, 0, length, writer.position());
    if (count === 0) throw new Error(`${path} ends at byte ${writer.position()}`);
    const part = block.subarray(0, count);
    digest.update(part);
    if (isMissing) writer.write(part);
    else writer.skip(count);
    await tell();
  }
}
await pass(bytes);
closeSync(file);
if (other !== file) closeSync(other);
answer({ kind: "progress", done: bytes });
answer({ kind: "digest", sha256: digest.digest("hex") });

/** Hashes zeros up to a position. */
async function pass(position: number): Promise<void> {
  while (writer.position() < position) {
    const part = zeros.subarray(0, position - writer.position());
    digest.update(part);
    writer.skip(part.length);
    await tell();
  }
}

async function tell(): Promise<void> {
  if (writer.position() < reported + stepBytes) return;
  reported = writer.position();
  answer({ kind: "progress", done: reported });
  // Tells the writer that its data is on the disk.
  await setImmediate();
}
