import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadSettings } from "../../src/load/load.ts";
import { ed25519Key, rsaKey } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("{sensor} in the names of files and variables");

const text = (password: string) => `version: 1
defaults:
  target: hetzner
  admin: {ssh_keys: [{file: "keys/{sensor}.pub"}], allow_from: [198.52.100.0/24]}
  backup: {format: 7z, password: ${password}}
sensors:
  - name: pi-[01-02]
  - name: hub
    admin: {ssh_keys: [${ed25519Key}]}
`;

test("reads each sensor's own file and variable", async () => {
  const { sensors, diagnostics } = await loadSettings(
    "/s.yaml",
    virtualWorld(
      {
        "/s.yaml": text('{env: "BACKUP_{sensor}"}'),
        "/keys/pi-01.pub": ed25519Key,
        "/keys/pi-02.pub": rsaKey,
      },
      { environment: { BACKUP_PI_01: "one", BACKUP_PI_02: "two", BACKUP_HUB: "three" } },
    ),
    { readSecrets: true },
  );
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan, secrets }) => [plan.admin.sshKeys, secrets.get("backup.password")]),
    [
      [[ed25519Key], "one"],
      [[rsaKey], "two"],
      [[ed25519Key], "three"],
    ],
  );
});

test("names the file that is missing", async () => {
  const { diagnostics } = await loadSettings(
    "/s.yaml",
    virtualWorld({
      "/s.yaml": text('{file: "keys/{sensor}.txt"}'),
      "/keys/pi-01.pub": ed25519Key,
      "/keys/pi-01.txt": "a",
      "/keys/hub.txt": "b",
    }),
    { readSecrets: true },
  );
  assert.equal(
    diagnostics.map(({ message }) => message),
    [
      'the key file "keys/pi-02.pub" cannot be used: the file does not exist',
      'the file "keys/pi-02.txt" cannot be read: the file does not exist',
    ],
  );
});

test("refuses a variable that begins with the placeholder, because a name can begin with a digit", async () => {
  const { diagnostics } = await loadSettings(
    "/s.yaml",
    virtualWorld({ "/s.yaml": text('{env: "{sensor}_KEY"}') }),
    {
      readSecrets: false,
    },
  );
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["settings/invalid-value"],
  );
});

test.run();
