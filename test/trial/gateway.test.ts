import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, PassThrough } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cardWords } from "../../src/emulation/network-card.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { type Gateway, openGateway, type Server } from "../../src/trial/gateway/gateway.ts";
import { mirrorsOf } from "../../src/trial/gateway/mirrors.ts";

const test = suite("the gateway of a trial");
let folder: string;
let gateway: Gateway;
let reached: Server[];

// A mirror that sends everything back.
const echo = (server: Server): Duplex => {
  reached.push(server);
  return new PassThrough();
};
const greeting = {
  names: ["backup.example.org", "203.0.113.7"],
  port: 22,
  serve: (socket: Duplex) => void socket.end("SSH-2.0-stand-in\r\n"),
};

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  reached = [];
  gateway = await openGateway({
    folder,
    mirrors: [
      { name: "deb.debian.org", port: 80 },
      { name: "deb.debian.org", port: 443 },
    ],
    standIns: [greeting],
    others: [{ name: "isc.sans.edu", port: 443 }],
    reach: echo,
  });
});
test.after.each(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

/** What a connection of the guest receives. */
const ask = async (name: string, port: number, text: string): Promise<string> => {
  const address = gateway.hosts.find((line) => line.endsWith(` ${name}`))?.split(" ")[0] ?? "";
  const forward = gateway.forwards.find((one) => one.address === address && one.port === port);
  if (forward === undefined) throw new Error(`no way to ${name}:${port}`);
  const [program = "", ...words] = forward.command;
  const child = execFile(program, words);
  let received = "";
  child.stdout?.on("data", (chunk: string) => {
    received += chunk;
  });
  child.stdin?.write(text);
  const closed = once(child, "close");
  const answered = waitFor("an answer", async () => received.length >= Math.max(text.length, 1), 10);
  await Promise.race([closed, answered]);
  child.kill();
  await closed;
  return received;
};

test("each name has an address, and each server a way to the gateway", () => {
  assert.equal(gateway.hosts, [
    "10.0.2.101 backup.example.org",
    "10.0.2.102 203.0.113.7",
    "10.0.2.103 deb.debian.org",
    "10.0.2.104 isc.sans.edu",
  ]);
  assert.equal(
    gateway.forwards.map(({ address, port }) => `${address}:${port}`),
    ["10.0.2.101:22", "10.0.2.102:22", "10.0.2.103:80", "10.0.2.103:443", "10.0.2.104:443"],
  );
});

test("a mirror is reached by the name, whatever the connection asks for", async () => {
  const request = "GET / HTTP/1.1\r\nHost: isc.sans.edu\r\n\r\n";
  assert.is(await ask("deb.debian.org", 80, request), request);
  assert.equal(reached, [{ name: "deb.debian.org", port: 80 }]);
  assert.equal(gateway.attempts(), [{ name: "deb.debian.org", port: 80, result: "forwarded", count: 1 }]);
});

test("a stand-in answers in place of a server", async () => {
  assert.is(await ask("backup.example.org", 22, ""), "SSH-2.0-stand-in\r\n");
  assert.equal(reached, []);
  assert.is(gateway.attempts()[0]?.result, "answered");
});

test("a connection to another server is recorded and closed", async () => {
  assert.is(await ask("isc.sans.edu", 443, "hello"), "");
  assert.is(await ask("isc.sans.edu", 443, "hello"), "");
  assert.equal(reached, []);
  assert.equal(gateway.attempts(), [{ name: "isc.sans.edu", port: 443, result: "refused", count: 2 }]);
});

test("a connection that names no server of the trial is closed", async () => {
  for (const head of ["10.0.2.103 25\nhello", "169.254.169.254 80\n", `${"x".repeat(200)}`, "\n"]) {
    const socket = connect(join(folder, "gateway"));
    socket.on("error", () => {});
    socket.write(head);
    socket.resume();
    await once(socket, "close");
  }
  assert.equal(reached, []);
  assert.equal(gateway.attempts(), []);
});

test("a guest that opens connections without end gets a hundred", async () => {
  const sockets = Array.from({ length: 105 }, () => connect(join(folder, "gateway")));
  let closed = 0;
  for (const socket of sockets)
    socket
      .on("error", () => {})
      .on("close", () => closed++)
      .resume();
  await waitFor("the refused connections", async () => closed >= 5, 10);
  assert.is(closed, 5);
  for (const socket of sockets) socket.destroy();
});

test("QEMU isolates a card, and starts the relay with its words unchanged", () => {
  const isolation = [{ address: "10.0.2.101", port: 80, command: ["/opt/a, b/node", "it's", "80"] }];
  const card = { name: "main", network: "10.0.2.0/24", mac: "52:54:00:00:00:01", forwards: [], isolation };
  assert.is(
    cardWords(card)[1],
    "user,id=main,net=10.0.2.0/24,ipv6=off,restrict=on,guestfwd=tcp:10.0.2.101:80-cmd:'/opt/a,, b/node' 'it'\\''s' '80'",
  );
  assert.not.match(cardWords({ ...card, isolation: undefined })[1] ?? "", /restrict|guestfwd/);
});

test("the mirrors are those of the system, and of the sources with which this machine has made it", () => {
  const names = (os: "debian-13" | "ubuntu-24.04", urls: readonly string[]) =>
    mirrorsOf({ os, siem: undefined }, urls).map(({ name, port }) => `${name}:${port}`);
  assert.equal(names("debian-13", ["http://mirror.example:3142/debian"]), [
    "deb.debian.org:80",
    "deb.debian.org:443",
    "security.debian.org:80",
    "security.debian.org:443",
    "mirror.example:3142",
  ]);
  assert.ok(names("ubuntu-24.04", []).every((name) => name.includes(".ubuntu.com:")));
});

test.run();
