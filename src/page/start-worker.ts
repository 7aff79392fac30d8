import { packedWorker } from "sensorbake:worker";
import type { Answer, Request } from "./protocol.ts";
import { trusted } from "./trusted.ts";

/** Starts the compiler. Returns the function that asks it. Answers to earlier requests are dropped. */
export async function startWorker(
  receive: (answer: Answer) => void,
): Promise<(request: Omit<Request, "id">) => void> {
  const packed = Uint8Array.from(atob(packedWorker), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const code = new Blob([await new Response(unpacked).arrayBuffer()], { type: "text/javascript" });
  const worker = new Worker(trusted.createScriptURL(URL.createObjectURL(code)));
  let id = 0;
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (data.kind === "ready" || data.id === id) receive(data);
  };
  return (request) => {
    id += 1;
    worker.postMessage({ ...request, id } satisfies Request);
  };
}
