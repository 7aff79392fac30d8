import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The port from which the request came. */
  readonly fromPort: number;
};

export type HttpReceiver = {
  /** `http://127.0.0.1:PORT` or `https://localhost:PORT`. */
  readonly origin: string;
  readonly received: readonly Received[];
  /** Forgets the requests. */
  readonly clear: () => void;
  /** How later requests are answered; 200 at first. */
  answer: (response: ServerResponse) => void;
  readonly stop: () => Promise<void>;
};

/** A web server on this machine that keeps each request. With `tls` it serves https. */
export async function startHttpReceiver(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<HttpReceiver> {
  const received: Received[] = [];
  const listen: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        fromPort: request.socket.remotePort ?? 0,
      });
      receiver.answer(response);
    });
  };
  const server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  await once(server.listen(0, "127.0.0.1"), "listening");
  // The type has other forms for pipes.
  const { port } = server.address() as AddressInfo;
  const receiver: HttpReceiver = {
    origin: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    received,
    clear: () => {
      received.length = 0;
    },
    answer: (response) => {
      response.end("ok");
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return receiver;
}
