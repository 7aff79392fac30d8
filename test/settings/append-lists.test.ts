import { Ajv2020 } from "ajv/dist/2020.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadSettings } from "../../src/load/load.ts";
import { settingsSchema } from "../../src/settings/json-schema.ts";
import { ecdsaKey256, ed25519Key, rsaKey } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("lists that append");

const entry = (settings: string, defaults = "") => `version: 1
defaults:
  target: hetzner
  admin: {ssh_keys: [${ed25519Key}], allow_from: [198.52.100.0/24]}
${defaults}sensors:
  - name: a
${settings}`;
const load = (text: string) =>
  loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), { readSecrets: false });

test("appends to the list of defaults, and to the built-in one", async () => {
  const { sensors, diagnostics } = await load(
    entry(
      `    admin: {ssh_keys+: [${rsaKey}]}\n    capture: {exclude_ports+: [5044]}\n  - name: b\n`,
      "  capture: {exclude_ports+: [514]}\n",
    ),
  );
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan }) => [plan.admin.sshKeys, plan.capture.excludePorts]),
    [
      [
        [ed25519Key, rsaKey],
        [514, 5044],
      ],
      [[ed25519Key], [514]],
    ],
  );
});

test("appends to a single host key", async () => {
  const { sensors } = await load(
    entry(
      `    transfer: {host_key+: [${ecdsaKey256}]}\n`,
      `  transfer: {host: b.example.org, user: s, path: /x, generate_key: true, host_key: ${ed25519Key}}\n`,
    ),
  );
  assert.is(sensors[0]?.plan.transfer?.hostKeys.length, 2);
});

for (const [name, settings, line, code, message, hint] of [
  [
    "a setting that is not a list",
    "    admin: {ssh_port+: 3}\n",
    "8:13",
    "settings/unknown-key",
    "ssh_port is not a list, so + cannot append to it",
    "write ssh_port",
  ],
  [
    "a map",
    "    admin+: {ssh_port: 3}\n",
    "7:5",
    "settings/unknown-key",
    "admin is not a list, so + cannot append to it",
    "write admin",
  ],
  [
    "a misspelt list",
    "    admin: {ssh_kyes+: []}\n",
    "7:13",
    "settings/unknown-key",
    'unknown key "ssh_kyes+"',
    'did you mean "ssh_keys+"?',
  ],
  [
    "both forms",
    "    admin: {allow_from: [198.52.101.0/24], allow_from+: [198.52.101.0/24]}\n",
    "7:44",
    "settings/unknown-key",
    "this map has both allow_from and allow_from+",
    "allow_from replaces the inherited list, and allow_from+ appends to it; keep one of them",
  ],
  [
    "text",
    "    admin: {allow_from+: 198.52.101.0/24}\n",
    "7:26",
    "settings/wrong-type",
    "allow_from+ must be a list, whose entries are appended to the inherited list",
    "put brackets around it",
  ],
  [
    "a wrong entry",
    "    admin: {allow_from+: [198.52.101.0/33]}\n",
    "7:27",
    "settings/invalid-value",
    '"198.52.101.0/33" is not a network',
    "write an address with a prefix length, e.g. 198.51.100.0/24",
  ],
] as const)
  test(`refuses ${name}`, async () => {
    const { diagnostics, source } = await load(entry(settings));
    assert.equal(
      diagnostics.map((each) => [each.code, each.message, each.hint]),
      [[code, message, hint]],
    );
    const start = diagnostics[0]?.range?.start ?? 0;
    assert.is(
      source.text.slice(start).split(/[\],}:]/)[0],
      source.text
        .split("\n")[6]
        ?.slice(Number(line.split(":")[1]) - 1)
        .split(/[\],}:]/)[0],
    );
  });

test("reports an entry at the list in which it is written", async () => {
  const { diagnostics } = await load(
    entry(
      "    admin: {allow_from+: [198.52.101.0/24, 192.0.2.0/24]}\n",
      "  capture: {exclude_hosts+: [x y]}\n",
    ).replace("198.52.100.0/24", "198.51.100.0/24"),
  );
  assert.equal(
    diagnostics.map(({ path }) => path),
    [["defaults", "capture", "exclude_hosts+", 0]],
  );
  const warned = await load(
    entry("    admin: {allow_from+: [198.52.101.0/24, 192.0.2.0/24]}\n").replace(
      "198.52.100.0/24",
      "198.51.100.0/24",
    ),
  );
  assert.equal(
    warned.diagnostics.map(({ path }) => path),
    [
      ["defaults", "admin", "allow_from", 0],
      ["sensors", 0, "admin", "allow_from+", 1],
    ],
  );
});

test("refuses to append to the word anywhere", async () => {
  const { diagnostics } = await load(
    entry("    admin: {allow_from+: [198.52.101.0/24]}\n").replace(
      "allow_from: [198.52.100.0/24]",
      "allow_from: anywhere",
    ),
  );
  assert.equal(
    diagnostics.map((each) => each.message),
    ["the inherited allow_from is the word anywhere, so + cannot append to it"],
  );
});

test("refuses a list that is too long with the inherited entries", async () => {
  const ports = (from: number) => Array.from({ length: 600 }, (_, index) => from + index).join(", ");
  const { diagnostics } = await load(
    entry(`    capture: {exclude_ports+: [${ports(1)}]}\n`, `  capture: {exclude_ports: [${ports(2000)}]}\n`),
  );
  assert.equal(
    diagnostics.map((each) => each.code),
    ["settings/too-long"],
  );
});

test("is known to the JSON Schema", () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(settingsSchema());
  const file = (admin: object) => ({ version: 1, sensors: [{ name: "pi-[1-2]", admin }] });
  assert.ok(validate(file({ "ssh_keys+": [ed25519Key], "allow_from+": ["10.0.0.0/8"] })));
  assert.not.ok(validate(file({ "ssh_port+": [1] })));
  assert.ok(validate({ version: 1, sensors_from: "students.csv" }));
  assert.not.ok(validate({ version: 1 }));
});

test.run();
