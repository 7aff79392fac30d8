import { get } from "node:http";

/** Requests a path from a web server of this machine. Returns the outcome in words. */
export function webRequest(port: number, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "User-Agent": "Mozilla/5.0" };
    const request = get({ host: "127.0.0.1", port, path, headers, signal, timeout: 30_000 }, (response) => {
      response.destroy();
      const { server } = response.headers;
      resolve(`status ${response.statusCode}${server === undefined ? "" : ` from ${server}`}`);
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 30 s")));
    request.on("error", (error) => resolve(`no web server answers: ${error.message}`));
  });
}
