import { parentPort, workerData } from "node:worker_threads";
import type { Artifact } from "../artifacts/artifact.ts";
import { writeFiles } from "./write-files.ts";

// A worker thread (started by tree-writer.ts) that writes each received batch and replies once it is written.
parentPort?.on("message", (batch: readonly Artifact[]) => {
  writeFiles(workerData as string, batch);
  parentPort?.postMessage("written");
});
