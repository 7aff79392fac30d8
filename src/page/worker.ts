import { settingsSchema } from "../settings/json-schema.ts";
import { compileSensor } from "./compile-sensor.ts";
import { allExamples } from "./examples.ts";
import type { Answer, Request } from "./protocol.ts";

// Compiles in the background, so that typing stays quick. Only the newest request matters.

let newest = 0;

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  newest = data.id;
  work(data).catch((error: unknown) => {
    const stack = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
    answer({ kind: "failed", id: data.id, stack });
  });
});

answer({ kind: "ready", schema: settingsSchema(), examples: allExamples() });

async function work(request: Request): Promise<void> {
  for await (const each of compileSensor(request)) {
    if (request.id !== newest) return;
    answer(each);
    // A newer request that has arrived meanwhile is seen only after a pause.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function answer(message: Answer): void {
  postMessage(message);
}
