import { once } from "node:events";
import { createServer as createWeb } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeAttacks } from "../../src/trial/attacks/make-attacks.ts";
import { printable } from "../../src/trial/attacks/printable.ts";
import { scannedPorts } from "../../src/trial/attacks/scanned-ports.ts";
import { sshLogin } from "../../src/trial/attacks/ssh-login.ts";
import { telnetLogin } from "../../src/trial/attacks/telnet-login.ts";
import { examplePlan } from "../support/example-plan.ts";

// Each attack against a small server of ours, and against servers that do not answer as they should.

const test = suite("trial/attacks");
const account = { user: "ssh-1f", password: "password-ssh-1f" };
const running = new AbortController().signal;

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

const closed = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
};

for (const [accepts, says] of [
  [true, /accepts the password$/],
  [false, /refuses the password$/],
] as const)
  test(`an SSH login tries its name and password, and the server ${accepts ? "accepts" : "refuses"} it`, async () => {
    const tried: string[] = [];
    const versions: string[] = [];
    const { private: key } = ssh2.utils.generateKeyPairSync("ed25519");
    const server = new ssh2.Server({ hostKeys: [key] }, (client, { header }) => {
      versions.push(header.comments);
      client
        .on("error", () => {})
        .on("authentication", (context) => {
          if (context.method !== "password") return context.reject(["password"]);
          tried.push(`${context.username} ${context.password}`);
          if (accepts) context.accept();
          else context.reject(["password"]);
        });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const outcome = await sshLogin((server.address() as AddressInfo).port, account, running);
    server.close();
    assert.match(outcome, says);
    assert.is(versions[0], "ssh-1f");
    assert.equal(tried, Array(accepts ? 1 : 3).fill("ssh-1f password-ssh-1f"));
  });

test("an SSH login at a port that is closed, or no SSH server, ends with words", async () => {
  assert.match(await sshLogin(await closed(), account, running), /no SSH server answers/);
  const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.match(await sshLogin(await listen(web), account, running), /no SSH server answers|closed/);
  web.close();
});

/** As a telnet server that negotiates first, then asks for a name and a password. */
function telnet(answer: string, got: string[]) {
  return createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.write(Buffer.from([0xff, 0xfb, 0x01, 0xff, 0xfd, 0x1f]));
    socket.write("\r\nlogin: ");
    socket.on("data", (chunk) => {
      for (const line of chunk
        .toString("latin1")
        .split("\r\n")
        .filter((text) => text !== "")) {
        got.push(line);
        socket.write(got.length === 1 ? "Password: " : answer);
      }
    });
  });
}

for (const [name, answer, says] of [
  ["accepts", "\r\nWelcome\r\n$ ", "accepts the password"],
  ["refuses", "\r\nLogin incorrect\r\nlogin: ", "refuses the password"],
] as const)
  test(`a telnet login that the server ${name}`, async () => {
    const got: string[] = [];
    const server = telnet(answer, got);
    const outcome = await telnetLogin(await listen(server), account, running);
    server.close();
    assert.is(outcome, says);
    assert.equal(got, ["ssh-1f", "password-ssh-1f"]);
  });

test("a telnet login at a port that is closed, or that ends the connection, ends with words", async () => {
  assert.match(await telnetLogin(await closed(), account, running), /no telnet server answers/);
  const server = createServer((socket) => socket.end("go away\u001b[2J"));
  const outcome = await telnetLogin(await listen(server), account, running);
  server.close();
  assert.match(outcome, /closed after: go away/);
});

test("all attacks go to the ports of 127.0.0.1 that the machine gives, with their markers", async () => {
  const paths: string[] = [];
  const web = createWeb((request, response) => {
    paths.push(request.url ?? "");
    response.setHeader("Server", "Apache/3.2.3").end();
  });
  const webPort = await listen(web);
  const knocked: number[] = [];
  const doors = new Map<number, number>();
  const servers: Server[] = [];
  for (const port of new Set([22, 23, ...scannedPorts(examplePlan)])) {
    if (port === 80) continue;
    const server = createServer((socket) => {
      knocked.push(port);
      socket.on("error", () => {}).end("x");
    });
    servers.push(server);
    doors.set(port, await listen(server));
  }
  doors.set(80, webPort);
  const port = (guestPort: number) => {
    const found = doors.get(guestPort);
    if (found === undefined) throw new Error(`port ${guestPort} is not forwarded`);
    return found;
  };
  const attacks = await makeAttacks(examplePlan, { port }, running, "1f0c");
  for (const server of [...servers, web]) server.close();
  assert.equal(
    attacks.map(({ id, marker }) => `${id} ${marker}`),
    ["ssh-login ssh-1f0c", "telnet-login telnet-1f0c", "web-request web-1f0c", "port-scan undefined"],
  );
  assert.equal(paths, ["/web-1f0c"]);
  assert.is(attacks[2]?.outcome, "status 200 from Apache/3.2.3");
  for (const each of scannedPorts(examplePlan))
    assert.ok(each === 80 || knocked.includes(each), String(each));
});

test("the markers of two trials differ", async () => {
  const port = await closed();
  const made = await Promise.all([1, 2].map(() => makeAttacks(examplePlan, { port: () => port }, running)));
  assert.is.not(made[0]?.[0]?.marker, made[1]?.[0]?.marker);
});

test("a trial that is stopped attacks no more", async () => {
  try {
    await makeAttacks(examplePlan, { port: () => 1 }, AbortSignal.abort());
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).name, "AbortError");
  }
});

test("what a server says is shown as printable text", () => {
  assert.is(printable("a\u001b[2J\r\n\tb\u202ec"), "a?[2J b?c");
  assert.is(printable("x".repeat(1000)).length, 200);
});

test.run();
