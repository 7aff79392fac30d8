import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostKeysOf, knownHostsLine } from "../../src/ec2/host-keys.ts";

const test = suite("ec2/host-keys");

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
const fingerprint = "SHA256:BBuCONqXF/JWo8WWFkCP0aDXT0nW4W9/ueesC3jFt8M";

// The console as cloud-init prints it, mixed with lines of the kernel and systemd.
function consoleOf(block: { prints?: string; keys?: string }): string {
  return `[   12.3] systemd[1]: booted
<14>Nov 24 07:00:00 cloud-init: #############################################################
<14>Nov 24 07:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----
<14>Nov 24 07:00:00 cloud-init: ${block.prints ?? ""}
[   13.1] audit: type=1400
<14>Nov 24 07:00:00 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
${block.keys ?? ""}
-----END SSH HOST KEY KEYS-----
fra login: `;
}

test("reads the fingerprint and the key that has it, and makes the line to pin", () => {
  const keys = hostKeysOf(
    consoleOf({ prints: `256 ${fingerprint} root@fra (ED25519)`, keys: `ssh-ed25519 ${key} root@fra` }),
  );
  assert.equal(keys, [{ type: "ssh-ed25519", fingerprint, key }]);
  assert.is(
    keys[0] && knownHostsLine("203.0.113.1", 12_222, keys[0]),
    `[203.0.113.1]:12222 ssh-ed25519 ${key}`,
  );
});

test("keeps a fingerprint without its key, which cannot be pinned", () => {
  const keys = hostKeysOf(consoleOf({ prints: `256 ${fingerprint} root@fra (ED25519)` }));
  assert.equal(keys, [{ type: "ssh-ed25519", fingerprint, key: undefined }]);
  assert.is(keys[0] && knownHostsLine("203.0.113.1", 12_222, keys[0]), undefined);
});

test("ignores a key without a printed fingerprint", () => {
  assert.equal(hostKeysOf(consoleOf({ keys: `ssh-ed25519 ${key} root@fra` })), []);
});

test("uses the keys of the last boot", () => {
  const old = consoleOf({ prints: `256 SHA256:${"A".repeat(43)} root@fra (ED25519)` });
  const now = consoleOf({ prints: `256 ${fingerprint} root@fra (ED25519)` });
  assert.equal(
    hostKeysOf(old + now).map((found) => found.fingerprint),
    [fingerprint],
  );
});

test("finds nothing on a console that is still empty", () => {
  assert.equal(hostKeysOf(""), []);
});

test.run();
