import { parentPort, workerData } from "node:worker_threads";
import { type NewFile, writeFiles } from "./write-files.ts";

// A worker thread (started by tree-writer.ts) that writes each received batch and replies once it is written.
parentPort?.on("message", (batch: readonly NewFile[]) => {
  writeFiles(workerData as string, batch);
  parentPort?.postMessage("written");
});
