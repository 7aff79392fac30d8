import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import { ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// Files of the largest size that try to keep the compiler busy or to fill its memory. Each produces one clear
// diagnostic, in a process that may use a quarter of a gigabyte of data.

const test = suite("settings/limits");

const size = 1 << 20;
const sensor = (lines: string) => `version: 1
sensors:
  - name: s1
    target: nocloud
    admin: {ssh_keys: [${ed25519Key}], allow_from: [198.51.100.0/24]}
    ${lines}`;
const filled = (unit: string, head = "", tail = "") =>
  head + unit.repeat(Math.floor((size - head.length - tail.length) / unit.length)) + tail;

const cases: readonly (readonly [name: string, text: string, code: string, message: RegExp])[] = [
  ["opening brackets", filled("["), "source/too-deep", /nested/],
  ["opening braces", filled("{a: ", sensor("timezone: ")), "source/too-deep", /nested/],
  ["hyphens of lists in one line", filled("- ", "sensors:\n  "), "source/too-deep", /nested/],
  [
    "maps in maps",
    Array.from({ length: 1400 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
    "source/too-deep",
    /nested/,
  ],
  ["closing brackets", filled("]"), "source/too-large", /700,000/],
  ["commas", filled(",", sensor("timezone: ["), "]"), "source/too-large", /700,000/],
  [
    "400,000 ports",
    sensor(`capture: {exclude_ports: [${"1,".repeat(400_000)}]}`),
    "source/too-large",
    /700,000/,
  ],
  [
    "400,000 words for networks",
    sensor(`capture: {exclude_hosts: [${"x,".repeat(400_000)}]}`),
    "source/too-large",
    /700,000/,
  ],
  [
    "200,000 words for ports",
    sensor(`capture: {exclude_ports: [${"x,".repeat(200_000)}]}`),
    "settings/too-long",
    /200,000 entries/,
  ],
  [
    "100,000 sensors",
    `version: 1\nsensors:\n${"- a\n".repeat(100_000)}`,
    "settings/too-long",
    /100,000 entries.*20,000/,
  ],
  [
    "60,000 keys",
    `version: 1\n${Array.from({ length: 60_000 }, (_, key) => `password${key}: x\n`).join("")}`,
    "settings/too-long",
    /60,001 entries/,
  ],
  ["empty quotes", filled('"" ', "a: "), "source/syntax", /more text follows/],
  ["directives", filled("%x\n"), "source/syntax", /./],
  ["tags", filled("! ", sensor("timezone: ")), "source/too-large", /700,000/],
  [
    "blanks in a key's comment",
    sensor("").replace(ed25519Key, `"${ed25519Key}${" ".repeat(900_000)}x"`),
    "settings/invalid-value",
    /16384 characters/,
  ],
  [
    "a schedule of a megabyte",
    sensor(`backup: {schedule: "${"1,".repeat(400_000)}1 * * * *"}`),
    "settings/invalid-value",
    /200 characters/,
  ],
  ["a name of a megabyte", sensor(`timezone: ${"x".repeat(900_000)}`), "settings/invalid-value", /time zone/],
  [
    "a key of a megabyte",
    sensor(`? ${"x".repeat(900_000)}\n    : 1\n`),
    "settings/unknown-key",
    /unknown key/,
  ],
  [
    "15,000 sensors that inherit 1,000 networks",
    `version: 1
defaults: {capture: {exclude_hosts: [${Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join(", ")}]}}
sensors:
${Array.from({ length: 15_000 }, (_, index) => `- {name: s${index}, target: nocloud}\n`).join("")}`,
    "settings/too-long",
    /15,000 sensors inherit the 1,000 entries/,
  ],
];

// Texts with tens of thousands of mistakes at as many settings.
const numbered = (unit: (index: number) => string, count: number) =>
  Array.from({ length: count }, (_, index) => unit(index)).join("");
const plentiful: readonly (readonly [name: string, text: string, code: string, more: RegExp])[] = [
  ["anchors", numbered((index) => `k${index}: &a${index} 1\n`, 50_000), "source/anchor", /and 49,960 more/],
  [
    "aliases",
    `a: &a 1\n${numbered((index) => `k${index}: *a\n`, 90_000)}`,
    "source/anchor",
    /and 89,961 more/,
  ],
  ["tags", numbered((index) => `k${index}: !x 1\n`, 60_000), "source/tag", /and 59,960 more/],
  [
    "unknown keys that are nearly known",
    `version: 1\nsensors:\n${numbered((sensor) => `- {name: s${sensor}, target: pi, ${numbered((key) => `telne${sensor}x${key}: 1, `, 900)}}\n`, 50)}`,
    "settings/unknown-key",
    /and 44,960 more/,
  ],
  [
    "unknown keys that begin with each other",
    `version: 1\nsensors:\n${numbered((sensor) => `- {name: s${sensor}, target: pi, ${numbered((key) => `${"p".repeat(key + 1)}${sensor}: 1, `, 150)}}\n`, 60)}`,
    "settings/unknown-key",
    /and 8,960 more/,
  ],
  [
    "misspelt time zones",
    `version: 1\nsensors:\n${numbered((sensor) => `- {name: s${sensor}, target: pi, timezone: Europe/Berlni${sensor}}\n`, 9000)}`,
    "settings/invalid-value",
    /and 8,996 more/,
  ],
];

test("a file that is made to keep the compiler busy is answered with one short diagnostic", () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-limits-"));
  try {
    for (const [name, text, code, message] of cases) {
      assert.ok(text.length <= size, name);
      const file = join(folder, "sensors.yaml");
      writeFileSync(file, text);
      const words = ["--max-old-space-size=256", "dist/sensorbake.js", "check", file];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
      assert.is(status, 1, `${name}: ${stderr}`);
      assert.match(stdout, `[${code}]`, name);
      assert.match(stdout, message, name);
      assert.ok(stdout.length < 2000, `${name}: ${stdout.length}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("tens of thousands of mistakes end within seconds, and most of them are counted", () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-limits-"));
  try {
    for (const [name, text, code, more] of plentiful) {
      assert.ok(text.length <= size, name);
      const file = join(folder, "sensors.yaml");
      writeFileSync(file, text);
      const words = ["dist/sensorbake.js", "check", file];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, {
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.is(status, 1, `${name}: ${stderr}`);
      assert.match(stdout, `[${code}]`, name);
      assert.match(stdout, more, name);
      assert.ok(stdout.length < 40_000, `${name}: ${stdout.length}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("of a thousand sensors with the same mistake the first four are shown", async () => {
  const entries = Array.from(
    { length: 1000 },
    (_, index) => `  - {name: s${index}, target: pi, telent: 1, os: x${index}}\n`,
  );
  const text = `version: 1\nsensors:\n${entries.join("")}`;
  const { diagnostics, source } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
    readSecrets: false,
  });
  assert.is(diagnostics.length, 2000);
  const rendered = renderText(diagnostics, source, { color: false });
  assert.is(rendered.split('unknown key "telent"').length - 1, 4);
  assert.is(rendered.split("is not one of debian-12").length - 1, 4);
  assert.match(rendered, "\n/s.yaml: error: and 996 more like this [settings/unknown-key]\n");
  assert.match(rendered, "\n/s.yaml: error: and 996 more like this [settings/invalid-value]\n");
});

test("ten alike are all shown", async () => {
  const entries = Array.from({ length: 10 }, (_, index) => `  - {name: s${index}, target: pi, telent: 1}\n`);
  const text = `version: 1\nsensors:\n${entries.join("")}`;
  const { diagnostics, source } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
    readSecrets: false,
  });
  assert.not.match(renderText(diagnostics, source, { color: false }), "more like this");
});

test("ten thousand sensors of several lines each are not too many", async () => {
  const entries = Array.from(
    { length: 10_000 },
    (_, index) => `- name: sensor-${index}\n  target: nocloud\n  logs:\n    keep_days: 7\n`,
  );
  const text = `version: 1\ndefaults:\n  admin: {ssh_keys: [${ed25519Key}], allow_from: anywhere}\nsensors:\n${entries.join("")}`;
  const { sensors } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
    readSecrets: false,
  });
  assert.is(sensors.length, 10_000);
});

test.run();
