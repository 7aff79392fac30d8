import { parentPort, workerData } from "node:worker_threads";
import type { Artifact } from "../artifacts/artifact.ts";
import { writeFiles } from "./write-files.ts";

// A thread of its own (started by tree-writer.ts): writes each batch that it is sent, and answers when it is written.
parentPort?.on("message", (batch: readonly Artifact[]) => {
  writeFiles(workerData as string, batch);
  parentPort?.postMessage("written");
});
