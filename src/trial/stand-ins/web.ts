import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Certificate } from "./certificate.ts";
import type { Answer } from "./dshield-service.ts";
import type { Recorder, Sent, StandIn } from "./stand-in.ts";
import { tlsStream } from "./tls-stream.ts";

export type WebOptions = {
  readonly names: readonly string[];
  readonly port: number;
  /** `undefined`: without TLS. */
  readonly certificate: Certificate | undefined;
  readonly labelOf: (host: string, path: string) => WebLabel;
  /** The answer to a request; `undefined`: success. */
  readonly answerOf: (host: string, path: string) => Answer | undefined;
};

/** What a request is, and its server, without secrets: "heartbeat", "the server of notify.heartbeat". */
export type WebLabel = Pick<Sent, "what" | "to">;

const bodyAtMost = 1 << 20;
const blockBytes = 1 << 16;

/**
 * A web server that answers every request with success. It keeps the beginning of each body.
 */
export function webStandIn(options: WebOptions, { record }: Recorder): StandIn {
  const { names, port, certificate, labelOf, answerOf } = options;
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    read(request).then(
      ({ text, bytes }) => {
        const host = (request.headers.host ?? "").replace(/:\d+$/, "");
        const path = request.url ?? "";
        record({
          kind: "web server",
          ...labelOf(host, path),
          name: `${request.method} ${path}`,
          bytes,
          text,
        });
        answer(answerOf(host, path), response);
      },
      () => request.destroy(),
    );
  });
  const streamOf = tlsStream(certificate);
  return {
    kind: "web server",
    names,
    port,
    serve: (socket) => void server.emit("connection", streamOf(socket)),
  };
}

async function read(request: IncomingMessage): Promise<{ readonly text: string; readonly bytes: number }> {
  let bytes = 0;
  let text = "";
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyAtMost) throw new Error("the body is too large");
    if (text.length < 4000) text += chunk.toString("latin1");
  }
  return { text, bytes };
}

function answer(given: Answer | undefined, response: ServerResponse): void {
  const { body = "ok\n" } = given ?? {};
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (given !== undefined) response.setHeader("Content-Type", given.type);
  response.setHeader("Content-Length", bytes.length);
  Readable.from(blocksOf(bytes)).pipe(response);
}

// TLS copies everything that it is given, once for each connection whose guest does not read.
function* blocksOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += blockBytes) yield body.subarray(at, at + blockBytes);
}
