import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { programFolders } from "../../emulation/find-program.ts";
import type { Clone } from "../clone.ts";
import { limitedGit } from "../limited-git.ts";
import type { Certificate } from "./certificate.ts";
import type { StandIn } from "./stand-in.ts";
import { tlsStream } from "./tls-stream.ts";

const bodyAtMost = 1 << 20;
const processesAtMost = 4;

/** Servers of clones at the addresses of their repositories, over git's protocol version 2. They accept no push. */
export function gitStandIns(clones: readonly Clone[], certificate: Certificate): readonly StandIn[] {
  const folders = new Map(clones.map(({ url, folder }) => [url.replace(/^https:\/\/|\/$/g, ""), folder]));
  let running = 0;
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    const asked = askedOf(request, folders);
    if (asked === undefined || running >= processesAtMost) {
      response.writeHead(asked === undefined ? 404 : 503).end();
      request.resume();
      return;
    }
    running += 1;
    answer(asked, request, response)
      .catch(() => response.destroy())
      .finally(() => {
        running -= 1;
      });
  });
  const streamOf = tlsStream(certificate);
  const serve: StandIn["serve"] = (socket) => void server.emit("connection", streamOf(socket));
  const places = clones.map(({ url }) => gitServer(url));
  return [...new Set(places.map(({ port }) => port))].map((port) => ({
    kind: "git server",
    names: [...new Set(places.filter((place) => place.port === port).map(({ name }) => name))],
    port,
    serve,
  }));
}

/** The server of a repository's address. */
export function gitServer(url: string): { readonly name: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { name: hostname, port: Number(port || 443) };
}

type Asked = { readonly folder: string; readonly isAdvertisement: boolean };

function askedOf(
  { method, url = "", headers }: IncomingMessage,
  folders: ReadonlyMap<string, string>,
): Asked | undefined {
  const [, path = "", what] =
    /^([^?]*)\/(info\/refs\?service=git-upload-pack|git-upload-pack)$/.exec(url) ?? [];
  const isAdvertisement = what !== "git-upload-pack";
  const folder = folders.get(`${headers.host}${path}`);
  return folder === undefined || method !== (isAdvertisement ? "GET" : "POST")
    ? undefined
    : { folder, isAdvertisement };
}

async function answer(
  { folder, isAdvertisement }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await read(request);
  const words = ["upload-pack", "--strict", "--stateless-rpc", "--timeout=60"];
  if (isAdvertisement) words.push("--advertise-refs");
  const child = spawn(...limitedGit([...words, folder]), {
    env: environment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  response.on("close", () => child.kill());
  child.stdin.on("error", () => {});
  child.stdin.end(body);
  response.setHeader(
    "Content-Type",
    `application/x-git-upload-pack-${isAdvertisement ? "advertisement" : "result"}`,
  );
  child.stdout.pipe(response);
  await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
}

// The repository has no configuration but ours.
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: programFolders().join(delimiter),
    GIT_PROTOCOL: "version=2",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyAtMost) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip"
    ? promisify(gunzip)(body, { maxOutputLength: bodyAtMost })
    : body;
}
