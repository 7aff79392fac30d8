import { Worker } from "node:worker_threads";
import type { Stretch } from "./stretches.ts";

/** Options for hashing a file, and for completing it at the same time. */
export type Hashing = {
  readonly bytes: number;
  /** The ranges that are not zero, in order. */
  readonly parts: readonly Stretch[];
  /** Another file, from which everything after `start` is first copied into this one. */
  readonly missing?: { readonly path: string; readonly start: number };
};

export type HashWork = Partial<Hashing> & { readonly path: string };
export type HashAnswer =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "digest"; readonly sha256: string };

type Reported = Hashing & { readonly report?: ((bytes: number) => void) | undefined };

/** SHA-256 of a file in hexadecimal, computed in another thread, so that this one can continue. */
export function hashFile(path: string, signal: AbortSignal, work?: Reported): Promise<string> {
  return new Promise((resolve, reject) => {
    const { report, ...hashing } = work ?? {};
    const workerData: HashWork = { ...hashing, path };
    const worker = new Worker(new URL("./hash-worker.js", import.meta.url), { workerData });
    const stop = () => void worker.terminate();
    signal.addEventListener("abort", stop, { once: true });
    worker.on("message", (answer: HashAnswer) => {
      if (answer.kind === "digest") resolve(answer.sha256);
      else report?.(answer.done);
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      signal.removeEventListener("abort", stop);
      reject(signal.aborted ? signal.reason : new Error(`${path} could not be hashed`));
    });
  });
}
