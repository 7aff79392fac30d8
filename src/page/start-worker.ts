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
  const unpacked = new Blob([bytesOf(atob(packedWorker))])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const code = new Blob([await new Response(unpacked).arrayBuffer()], { type: "text/javascript" });
  const worker = new Worker(trusted.createScriptURL(URL.createObjectURL(code)));
  worker.onerror = ({ message }) => fail(message ?? "");
  const newest = { compile: 0, interview: 0 };
  let id = 0;
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "started" || data.kind === "schema" || Object.values(newest).includes(data.id))
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

function bytesOf(characters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
