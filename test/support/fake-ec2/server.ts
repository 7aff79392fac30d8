import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Account, newAccount } from "./account.ts";
import { actions, Refusal } from "./actions.ts";
import { parseQuery, type Query, textOf } from "./query.ts";
import { toXml } from "./xml.ts";

/** What goes wrong with a request: EC2 refuses it, or carries it out and the answer is lost. */
export type Fault =
  | { readonly refuse: string; readonly status?: number }
  | { readonly lose: true }
  | undefined;

/** A small EC2 that speaks the real protocol to the real SDK and enforces what moto does not. */
export type FakeEc2 = {
  /** For the SDK's own environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly account: (region: string) => Account;
  /** Every request so far, in order. */
  readonly requests: readonly { readonly region: string; readonly action: string; readonly query: Query }[];
  /** Asked before each request. */
  fault: (action: string, query: Query, count: number) => Fault;
  /** Called when a request has been carried out. */
  after: (action: string) => void;
  readonly close: () => Promise<void>;
};

export async function startFakeEc2(): Promise<FakeEc2> {
  const accounts = new Map<string, Account>();
  const counts = new Map<string, number>();
  const requests: { region: string; action: string; query: Query }[] = [];
  const account = (region: string): Account => {
    const known = accounts.get(region) ?? newAccount();
    accounts.set(region, known);
    return known;
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const region =
        /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "unsigned";
      const query = parseQuery(body);
      const action = textOf(query.Action) ?? "";
      requests.push({ region, action, query });
      const count = (counts.get(action) ?? 0) + 1;
      counts.set(action, count);
      const fault = fake.fault(action, query, count);
      try {
        if (fault !== undefined && "refuse" in fault)
          throw new Refusal(fault.refuse, `${fault.refuse}, says the test`, fault.status);
        if (textOf(query.DryRun) === "true" && action !== "RunInstances")
          throw new Refusal("DryRunOperation", "would have succeeded", 412);
        const answer = actions[action];
        if (answer === undefined) throw new Refusal("InvalidAction", `The action ${action} is not valid`);
        const { Action: _, Version: __, ...parameters } = query;
        const xml = toXml(answer(account(region), parameters));
        fake.after(action);
        if (fault !== undefined) return void request.socket.destroy();
        reply(
          response,
          200,
          `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${randomUUID()}</requestId>${xml}</${action}Response>`,
        );
      } catch (error) {
        if (!(error instanceof Refusal)) return reply(response, 500, `<bug>${String(error)}</bug>`);
        const { code, message } = error;
        reply(
          response,
          error.status,
          `<Response><Errors><Error>${toXml({ Code: code, Message: message })}</Error></Errors><RequestID>${randomUUID()}</RequestID></Response>`,
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Listening on TCP, so the address is not a path.
  const { port } = server.address() as AddressInfo;
  const fake: FakeEc2 = {
    env: {
      AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    account,
    requests,
    fault: () => undefined,
    after: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return fake;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": randomUUID() });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}
