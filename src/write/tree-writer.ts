import { Worker } from "node:worker_threads";
import { type Artifact, partsOf } from "../artifacts/artifact.ts";
import { syncTree } from "./sync-tree.ts";
import { type NewFile, writeFiles } from "./write-files.ts";

/** Writes the files of a new tree while the next ones are compiled. */
export type TreeWriter = {
  /** Accepts a file; waits while too many accepted files are not written yet. */
  readonly write: (artifact: Artifact) => Promise<void>;
  /** Writes the remaining files and syncs the whole tree. */
  readonly finish: () => Promise<void>;
  /** Stops the writer; afterwards it writes nothing. */
  readonly close: () => Promise<void>;
};

const batchBytes = 1 << 20;
const mostBatches = 4;

/** Starts writing below a folder. A worker thread writes trees of more than one batch. */
export function treeWriter(root: string): TreeWriter {
  let batch: NewFile[] = [];
  let known = new Set<Uint8Array>();
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
      const { path, mode } = artifact;
      const parts = partsOf(artifact);
      batch.push({ path, mode, parts });
      // A part that several files of a batch share is sent once.
      for (const part of parts) {
        if (!known.has(part)) bytes += part.byteLength;
        known.add(part);
      }
      files += 1;
      if (bytes < batchBytes) return;
      worker ??= start();
      worker.postMessage(batch);
      unwritten += 1;
      batch = [];
      known = new Set();
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
