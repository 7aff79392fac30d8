import { packedWorker } from "sensorbake:worker";
import type { Answer, Interview, Request } from "./protocol.ts";
import { trusted } from "./trusted.ts";

/** Asks the worker; an answer to an earlier question of the same kind is dropped. */
export type Compiler = {
  readonly compile: (request: Omit<Request, "kind" | "id">) => void;
  readonly interview: (request: Omit<Interview, "kind" | "id">) => void;
};

/** Starts the compiler in a worker; rejects, or calls `fail` later, if the browser refuses it. */
export async function startWorker(
  receive: (answer: Answer) => void,
  fail: (reason: string) => void,
): Promise<Compiler> {
  const packed = Uint8Array.from(atob(packedWorker), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const code = new Blob([await new Response(unpacked).arrayBuffer()], { type: "text/javascript" });
  const worker = new Worker(trusted.createScriptURL(URL.createObjectURL(code)));
  worker.onerror = ({ message }) => fail(message ?? "");
  const newest = { compile: 0, interview: 0 };
  let id = 0;
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "ready" || data.kind === "schema" || Object.values(newest).includes(data.id))
      receive(data);
  };
  const send = (request: Omit<Request, "id"> | Omit<Interview, "id">) => {
    id += 1;
    newest[request.kind] = id;
    worker.postMessage({ ...request, id });
  };
  return {
    compile: (request) => send({ kind: "compile", ...request }),
    interview: (request) => send({ kind: "interview", ...request }),
  };
}
