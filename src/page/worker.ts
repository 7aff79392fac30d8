import { settingsSchema } from "../settings/json-schema.ts";
import { compileSensor } from "./compile-sensor.ts";
import { formOf } from "./form-of.ts";
import type { Answer, Interview, Request } from "./protocol.ts";

// Compiles in the background, so that typing stays quick. Only the newest request matters.

const newest = { compile: 0, interview: 0 };

addEventListener("message", ({ data }: MessageEvent<Request | Interview>) => {
  newest[data.kind] = data.id;
  work(data).catch((error: unknown) => {
    const stack = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
    answer({ kind: "failed", id: data.id, request: data.kind, stack });
  });
});

answer({ kind: "started" });
let isSchemaSent = false;

async function work(request: Request | Interview): Promise<void> {
  const answers = request.kind === "compile" ? compileSensor(request) : [await formOf(request)];
  for await (const each of answers) {
    answer(each);
    // A newer request that has arrived meanwhile is seen only after a pause.
    await new Promise((resolve) => setTimeout(resolve));
    if (request.id !== newest[request.kind]) return;
  }
  // The schema takes time and is needed only to type.
  if (!isSchemaSent) answer({ kind: "schema", schema: settingsSchema() });
  isSchemaSent = true;
}

function answer(message: Answer): void {
  postMessage(message);
}
