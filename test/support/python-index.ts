import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A package index on the loopback, with files of another server. */
export type PythonIndexServer = {
  readonly origin: string;
  /** The index, for `PIP_INDEX_URL`. */
  readonly url: string;
  readonly stop: () => void;
};

/** Serves an index that has only the page of pip. */
export async function startPythonIndex(): Promise<PythonIndexServer> {
  const server = createServer((request, response) =>
    response
      .writeHead(request.url === "/mirror/simple/pip/" ? 200 : 404)
      .end('<a href="https://files.example.org/pip.whl#sha256=1">a</a><a href="../../pip.zip">b</a>'),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, url: `${origin}/mirror/simple`, stop: () => server.close() };
}
