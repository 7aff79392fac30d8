import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Login, readLogin } from "../../src/cli/apply/login.ts";
import { UsageError } from "../../src/cli/shared/exit.ts";

const test = suite("cli/apply/login");

const read: readonly (readonly [text: string | undefined, login: Login])[] = [
  [undefined, {}],
  [":22", { port: 22 }],
  ["root@", { user: "root" }],
  ["root@203.0.113.7", { user: "root", address: "203.0.113.7" }],
  ["pi@192.0.2.9:12222", { user: "pi", address: "192.0.2.9", port: 12222 }],
  ["sensor.example.org", { address: "sensor.example.org" }],
  ["root@:22", { user: "root", port: 22 }],
  ["2001:db8::7", { address: "2001:db8::7" }],
  ["root@[2001:db8::7]:22", { user: "root", address: "2001:db8::7", port: 22 }],
  ["[2001:db8::7]", { address: "2001:db8::7" }],
];
for (const [text, login] of read)
  test(`reads ${text ?? "nothing"}`, () => assert.equal(readLogin(text), login));

const refused = [
  "",
  "@host",
  "root@host:",
  "host:0",
  "host:65536",
  "host:123456",
  "root@-oProxyCommand=x",
  "-oProxyCommand=x",
  "a b",
  "root@a@b",
  "-l@host",
  "$(id)@host",
  "host\n:22",
  "[fe80::1]:x",
];
for (const text of refused)
  test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => readLogin(text),
      (error: unknown) => error instanceof UsageError,
    );
  });

test.run();
