import { Worker } from "node:worker_threads";
import { type Artifact, bytesOf } from "../artifacts/artifact.ts";
import { syncTree } from "./sync-tree.ts";
import { writeFiles } from "./write-files.ts";

/** Writes the files of a new tree while the next ones are compiled. */
export type TreeWriter = {
  /** Accepts a file; waits while too many accepted files are not written yet. */
  readonly write: (artifact: Artifact) => Promise<void>;
  /** Writes the remaining files and syncs the whole tree. */
  readonly finish: () => Promise<void>;
  /** Stops the writer; afterwards it writes nothing. */
  readonly close: () => Promise<void>;
};

const batchBytes = 4 << 20;
const mostBatches = 4;

/** Starts writing below a folder. A worker thread writes trees of more than one batch. */
export function treeWriter(root: string): TreeWriter {
  let batch: Artifact[] = [];
  let encoded: ArrayBuffer[] = [];
  let bytes = 0;
  let files = 0;
  let worker: Worker | undefined;
  let unwritten = 0;
  let failure: unknown;
  let wake = () => {};

  const start = () => {
    const started = new Worker(new URL("./write-worker.js", import.meta.url), { workerData: root });
    started.on("message", () => {
      unwritten -= 1;
      wake();
    });
    started.on("error", (error) => {
      failure = error;
      wake();
    });
    return started;
  };
  const waitUntil = async (most: number) => {
    while (failure === undefined && unwritten > most)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failure !== undefined) throw failure;
  };
  return {
    write: async (artifact) => {
      // The worker takes over the bytes of a text. Bytes may be shared with other sensors, so it gets a copy of them.
      const content = bytesOf(artifact);
      if (content !== artifact.content) encoded.push(content.buffer as ArrayBuffer);
      batch.push({ ...artifact, content });
      bytes += content.length;
      files += 1;
      if (bytes < batchBytes) return;
      worker ??= start();
      worker.postMessage(batch, encoded);
      unwritten += 1;
      batch = [];
      encoded = [];
      bytes = 0;
      await waitUntil(mostBatches);
    },
    finish: async () => {
      writeFiles(root, batch);
      await waitUntil(0);
      await syncTree(root, files);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
