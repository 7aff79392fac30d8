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

const pages = new Map([
  [
    "/mirror/simple/pip/",
    '<a href="https://files.example.org/pip.whl#sha256=1">a</a><a href="../../pip.zip">b</a>',
  ],
  [
    "/crowded/pip/",
    Array.from({ length: 20 }, (_, index) => `<a href="https://s${index}.example/">a</a>`).join(""),
  ],
]);

/** Serves an index that has only the page of pip, and below `/crowded` one with links to twenty servers. */
export async function startPythonIndex(): Promise<PythonIndexServer> {
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? "");
    response.writeHead(page === undefined ? 404 : 200).end(page);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, url: `${origin}/mirror/simple`, stop: () => server.close() };
}
