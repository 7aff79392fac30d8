import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pathText } from "../../src/diagnostics/path-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// Corrections that an editor can apply.

const test = suite("diagnostics/fixes");
const file = "/settings.yaml";

async function diagnosticsOf(text: string) {
  return (await loadSettings(file, virtualWorld({ [file]: text }), { readSecrets: false })).diagnostics;
}

const inDefaults = (lines: string) =>
  `version: 1\ndefaults:\n${lines}sensors: [{name: a, target: nocloud}]\n`;

const cases: readonly (readonly [name: string, text: string, fixed: string])[] = [
  ["a misspelt key", inDefaults("  dshield: {telent: true}\n"), inDefaults("  dshield: {telnet: true}\n")],
  [
    "a key with a hyphen",
    inDefaults("  backup: {keep-days: 14}\n"),
    inDefaults("  backup: {keep_days: 14}\n"),
  ],
  ["a list to append to", inDefaults("  admin: {ssh_key+: []}\n"), inDefaults("  admin: {ssh_keys+: []}\n")],
  ["a misspelt choice", inDefaults("  os: debain-13\n"), inDefaults("  os: debian-13\n")],
  ["an old time zone", inDefaults("  timezone: US/Eastern\n"), inDefaults("  timezone: America/New_York\n")],
  [
    "a number in quotes",
    inDefaults('  admin: {ssh_port: "12222"}\n'),
    inDefaults("  admin: {ssh_port: 12222}\n"),
  ],
  ["text without quotes", inDefaults("  admin: {user: 1000}\n"), inDefaults('  admin: {user: "1000"}\n')],
  [
    "a list without brackets",
    inDefaults("  backup: {sets: home}\n"),
    inDefaults("  backup: {sets: [home]}\n"),
  ],
  [
    "a network without brackets",
    inDefaults("  admin: {allow_from: 192.0.2.0/24}\n"),
    inDefaults('  admin: {allow_from: ["192.0.2.0/24"]}\n'),
  ],
  ["YAML 1.1's yes", inDefaults("  dshield: {telnet: yes}\n"), inDefaults("  dshield: {telnet: true}\n")],
  [
    "a schedule by name",
    inDefaults("  backup: {schedule: daily}\n"),
    inDefaults('  backup: {schedule: "0 0 * * *"}\n'),
  ],
  [
    "a sensor's name",
    "version: 1\nsensors:\n  - name: Attic Pi # mine\n",
    "version: 1\nsensors:\n  - name: attic-pi # mine\n",
  ],
  [
    "a range",
    "version: 1\nsensors: [{name: 'pi-[30-01]'}]\n",
    'version: 1\nsensors: [{name: "pi-[01-30]"}]\n',
  ],
  ["the version", "version: 2\nsensors: [{name: a}]\n", "version: 1\nsensors: [{name: a}]\n"],
];

for (const [name, text, want] of cases)
  test(`corrects ${name}`, async () => {
    const [found, ...more] = (await diagnosticsOf(text)).filter(({ fix }) => fix !== undefined);
    assert.is(more.length, 0);
    const { range, fix } = found ?? {};
    if (range === undefined || fix === undefined) throw new Error("there is no fix");
    assert.is(text.slice(0, range.start) + fix + text.slice(range.end), want);
  });

test("no fix where the setting has no text of its own, nor for a secret", async () => {
  for (const line of ["  admin: {user: }\n", "  timezone:\n", "  backup: {password: 123456}\n"]) {
    const diagnostics = await diagnosticsOf(inDefaults(line));
    assert.ok(diagnostics.length > 0);
    for (const { fix } of diagnostics) assert.is(fix, undefined, line);
  }
});

test("no fix where it would join two lines, repeat a key, make one entry of two, or change a text", async () => {
  for (const lines of [
    "  admin:\n    allow_from: |\n      192.0.2.0/24\n    user: bob\n",
    "  admin:\n    allow_from: >-\n      192.0.2.0/24\n    user: bob\n",
    "  os: |-\n    debain-13\n",
    "  dshield: {telent: true, telnet: false}\n",
    "  admin: {allow_from: '192.0.2.0/24, 198.51.100.0/24'}\n",
    "  admin: {allow_from: 192.0.2.0/24 198.51.100.0/24}\n",
    "  backup: {sets: 'home, logs'}\n",
    "  admin: {user: 1e2}\n",
    "  admin: {user: 1e3}\n",
    "  admin: {user: True}\n",
    "  admin: {user: 007}\n",
    "  admin: {user: 0x10}\n",
  ]) {
    const diagnostics = await diagnosticsOf(inDefaults(lines));
    assert.ok(diagnostics.length > 0, lines);
    for (const { fix } of diagnostics) assert.is(fix, undefined, lines);
  }
});

test("after its fix, no problem of the examples of all diagnostics is left at its place", async () => {
  const folder = join(packageRoot(), "test/errors");
  let fixes = 0;
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".yaml"))) {
    const text = readFileSync(join(folder, name), "utf8");
    for (const { range, fix, path, code } of await diagnosticsOf(text)) {
      if (range === undefined || fix === undefined) continue;
      fixes += 1;
      const fixed = text.slice(0, range.start) + fix + text.slice(range.end);
      const left = (await diagnosticsOf(fixed)).filter((each) => each.code === code);
      assert.not(
        left.some((each) => pathText(each.path) === pathText(path)),
        `${name}: ${pathText(path)}: ${fix}`,
      );
    }
  }
  assert.ok(fixes > 15, String(fixes));
});

test.run();
