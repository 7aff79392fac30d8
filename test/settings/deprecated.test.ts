import { suite } from "uvu";
import * as assert from "uvu/assert";
import packageFacts from "../../package.json" with { type: "json" };
import { renderText } from "../../src/diagnostics/render-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import {
  complainOfDeprecated,
  type Deprecation,
  isRefused,
  presentPath,
} from "../../src/settings/deprecated.ts";
import { ed25519Key, rsaKey } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("settings/deprecated");

const versions = { since: "0.1.0", refusedFrom: "99.0.0" };
const table: readonly Deprecation[] = [
  { ...versions, from: "capture.days", to: "capture.keep_days" },
  { ...versions, from: "keep_logs", to: "logs.keep_days" },
  { ...versions, from: "admin.keys", to: "admin.ssh_keys" },
  { ...versions, from: "ship", to: "siem" },
  { ...versions, from: "backup.word", to: "backup.password" },
  { ...versions, from: "backup.old_password", to: undefined },
  { ...versions, from: "tools.cowrieprocessor.legacy", to: "tools.keep_days" },
];
const head = `version: 1
defaults:
  target: hetzner
  admin: {keys: [${ed25519Key}], allow_from: [198.52.100.0/24]}
`;

async function load(
  settings: string,
  options: { readonly only?: readonly string[]; readonly csv?: string } = {},
) {
  const { csv = "", only } = options;
  const world = virtualWorld({ "/s.yaml": settings, "/students.csv": csv });
  const loaded = await loadSettings("/s.yaml", world, {
    readSecrets: false,
    deprecations: table,
    ...(only && { only }),
  });
  const text = renderText(loaded.diagnostics, loaded.source, { color: false });
  return { ...loaded, text, lines: text.split("\n").filter((line) => /: (warning|error): /.test(line)) };
}

test("accepts a former name with a warning at its place", async () => {
  const { sensors, text } = await load(`${head}  keep_logs: 5\nsensors: [{name: a, capture: {days: 3}}]\n`);
  assert.is(sensors[0]?.plan.capture.keepDays, 3);
  assert.is(sensors[0]?.plan.logs.keepDays, 5);
  assert.is(sensors[0]?.plan.admin.sshKeys.length, 1);
  assert.match(
    text,
    `/s.yaml:5:3: warning: keep_logs was renamed to logs.keep_days in version 0.1.0; version 99.0.0 will refuse it [settings/deprecated]
  |
5 |   keep_logs: 5
  |   ^^^^^^^^^ defaults.keep_logs
  = help: sensorbake upgrade /s.yaml
`,
  );
  assert.match(text, "sensors[0].capture.days");
});

test("points to the line of a sensor that is read alone", async () => {
  const text = `${head}sensors:\n  - name: a\n  - name: b\n    keep_logs: 3\n  - name: c\n    keep_logs: 4\n`;
  const { diagnostics, sensors } = await load(text, { only: ["c"] });
  assert.is(sensors[0]?.plan.logs.keepDays, 4);
  assert.equal(
    diagnostics.map(({ path }) => path),
    [
      ["defaults", "admin", "keys"],
      ["sensors", 2, "keep_logs"],
    ],
  );
});

test("appends to a list by its former name, and shares a group among a range", async () => {
  const { sensors } = await load(
    `${head}sensors:\n  - name: a-[1-3]\n    admin: {keys+: ["${rsaKey}"]}\n    capture: {days: 9}\n    keep_logs: 8\n`,
  );
  assert.equal(
    sensors.map(({ plan }) => [plan.admin.sshKeys.length, plan.capture.keepDays, plan.logs.keepDays]),
    [
      [2, 9, 8],
      [2, 9, 8],
      [2, 9, 8],
    ],
  );
});

test("removes a group that becomes empty, so that it enables nothing", async () => {
  const { sensors } = await load(`${head}sensors: [{name: a, tools: {cowrieprocessor: {legacy: 7}}}]\n`);
  assert.is(sensors.length, 1);
  assert.is(sensors[0]?.plan.tools, undefined);
});

test("refuses both names in one place", async () => {
  const { lines, sensors } = await load(`${head}sensors: [{name: a, keep_logs: 5, logs: {keep_days: 6}}]\n`);
  assert.equal(sensors, []);
  assert.match(
    lines.at(-1) ?? "",
    "/s.yaml:5:21: error: keep_logs was renamed to logs.keep_days, and both are written here [settings/unknown-key]",
  );
});

test("checks the value at the former name, and masks a secret there", async () => {
  const { text } = await load(
    `${head}sensors: [{name: a, capture: {days: soon}, backup: {word: Tr0ub4dor, format: 1}}]\n`,
  );
  assert.match(text, "keep_days must be a whole number");
  assert.not.match(text, "Tr0ub4dor");
  assert.match(text, "word: ***");
});

test("masks a secret that is removed, or ignored beside its successor", async () => {
  const { lines, text } = await load(
    `${head}sensors: [{name: a, backup: {word: Tr0ub4dor, old_password: c0rrectHorse, password: x}}]\n`,
  );
  assert.match(lines.join("\n"), "backup.word was renamed to backup.password, and both are written here");
  assert.match(lines.join("\n"), "backup.old_password has had no effect since version 0.1.0");
  assert.match(text, "backup: {word: ***, old_password: ***, password: ***}");
});

test("accepts former names of columns and warns once for each column", async () => {
  const csv = `name,keep_logs,admin.keys+,ship.logstash,ship.plaintext,backup.word\na,5,${rsaKey},s.example.org:5044,true,Tr0ub4dor\nb,6,,s.example.org:5044,true,\n`;
  const { sensors, lines, text } = await load(`${head}sensors_from: students.csv\n`, { csv });
  assert.equal(
    sensors.map(({ plan }) => [plan.logs.keepDays, plan.admin.sshKeys.length, plan.siem?.port]),
    [
      [5, 2, 5044],
      [6, 1, 5044],
    ],
  );
  assert.not.match(text, "Tr0ub4dor");
  assert.equal(
    lines.flatMap((line) => /^\S*students.csv:1:\d+: warning: \S+ was renamed to \S+/.exec(line)?.[0] ?? []),
    [
      "/students.csv:1:6: warning: keep_logs was renamed to logs.keep_days",
      "/students.csv:1:16: warning: admin.keys was renamed to admin.ssh_keys",
      "/students.csv:1:28: warning: ship was renamed to siem",
      "/students.csv:1:57: warning: backup.word was renamed to backup.password",
    ],
  );
});

test("refuses a former name from the version on that the table names", () => {
  const refused = (refusedFrom: string) => isRefused({ from: "a", to: "b", since: "0.0.1", refusedFrom });
  assert.ok(refused(packageFacts.version));
  assert.ok(refused("0.0.9"));
  assert.not.ok(refused("0.10.0"));
  assert.not.ok(refused("10.0.0"));
  assert.is(
    complainOfDeprecated({ from: "a", to: "b", since: "0.0.1", refusedFrom: "0.0.2" }),
    "a was renamed to b in version 0.0.1",
  );
});

test("finds the present name through several changes", () => {
  const chain = [...table, { ...versions, from: "siem.old", to: undefined }];
  assert.is(presentPath("ship.logstash", chain), "siem.logstash");
  assert.is(presentPath("ship.old", chain), undefined);
  assert.is(presentPath("shipment", chain), "shipment");
});

test.run();
