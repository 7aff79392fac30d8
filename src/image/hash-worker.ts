import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

// A thread of its own (started by hash-file.ts): hashes the file that it is given and answers with the digest.
const digest = createHash("sha256");
const block = Buffer.allocUnsafeSlow(1 << 20);
const descriptor = openSync(String(workerData), "r");
for (let count = readSync(descriptor, block); count > 0; count = readSync(descriptor, block))
  digest.update(block.subarray(0, count));
closeSync(descriptor);
parentPort?.postMessage(digest.digest("hex"));
