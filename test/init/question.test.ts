import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostAndPort, serverText } from "../../src/init/question.ts";

const test = suite("init/question");

const servers: readonly (readonly [text: string, host: string, port: number])[] = [
  ["a.example.org", "a.example.org", 22],
  ["a.example.org:2222", "a.example.org", 2222],
  ["192.0.2.1", "192.0.2.1", 22],
  ["[2001:db8::5]", "2001:db8::5", 22],
  ["[2001:db8::5]:2222", "2001:db8::5", 2222],
];

for (const [text, host, port] of servers)
  test(`${text} is a host with a port, and is written in the same way`, () => {
    assert.equal(hostAndPort(text, 22), { host, port });
    assert.is(serverText({ host, port }, 22), text);
  });

test("an IPv6 address without brackets has no port", () => {
  assert.equal(hostAndPort("2001:db8::5", 22), { host: "2001:db8::5", port: 22 });
});

test.run();
