import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export type DshieldService = {
  readonly port: number;
  /** The paths that were asked for, in their order. */
  readonly asked: readonly string[];
  readonly stop: () => void;
};

/** A stand-in for DShield's API key service on the loopback: it accepts hashes that are made with this account's key. */
export async function startDshieldService(account: {
  readonly email: string;
  readonly userId: number;
  readonly apiKey: string;
}): Promise<DshieldService> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const [, user = "", nonce = "", hash] =
      /^\/api\/checkapikey\/([^/]+)\/(\w+)\/(\w+)\/\d+\/\w+$/.exec(path) ?? [];
    const wanted = createHmac("sha512", nonce).update(`${account.email}:${account.apiKey}`).digest("hex");
    const isGood = decodeURIComponent(user) === account.email && hash === wanted;
    response.end(
      isGood
        ? `<info><result>ok</result><id>${account.userId}</id></info>\n`
        : "<info><result>not ok</result></info>\n",
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, asked, stop: () => server.close() };
}
