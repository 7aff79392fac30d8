import { suite } from "uvu";
import * as assert from "uvu/assert";
import { addressOfLogin, publicAddress } from "../../src/cli/init/offers.ts";

const test = suite("cli/offers");
const never = new AbortController().signal;

for (const [name, body, want] of [
  ["reads the address of the service", '{"ip":"9.9.9.9"}', "9.9.9.9"],
  ["reads an IPv6 address", '{"ip": "2620:FE::9"}', "2620:fe::9"],
] as const)
  test(name, async () => {
    assert.is(await publicAddress(async () => new Response(body), never), want);
  });

for (const [name, body] of [
  ["a private address", '{"ip":"192.168.1.7"}'],
  ["a page", "<html>\u001b[2J please log in</html>"],
  ["nothing", ""],
] as const)
  test(`refuses ${name}`, async () => {
    try {
      await publicAddress(async () => new Response(body), never);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, Error);
      assert.match((error as Error).message, /something else than an address/);
      assert.not.match((error as Error).message, "\u001b");
    }
  });

test("says that the service did not answer", async () => {
  try {
    await publicAddress(async () => Promise.reject(new TypeError("fetch failed")), never);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /www4\.dshield\.org did not answer/);
  }
});

for (const [connection, want] of [
  ["9.9.9.9 51234 192.0.2.1 22", "9.9.9.9"],
  ["192.168.1.4 51234 192.168.1.9 22", undefined],
  ["nonsense", undefined],
  [undefined, undefined],
] as const)
  test(`SSH_CONNECTION ${connection} is a login from ${want ?? "no public address"}`, () => {
    assert.is(addressOfLogin(connection), want);
  });

test.run();
