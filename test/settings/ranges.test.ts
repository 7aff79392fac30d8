import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sourceOf } from "../../src/diagnostics/source.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readEntries } from "../../src/load/read-entries.ts";
import { isInRange, nameRangeOf, namesIn } from "../../src/settings/name-range.ts";
import { narrow } from "../../src/settings/narrow.ts";
import { valueAt } from "../../src/settings/value-at.ts";
import { ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("ranges of names");

for (const [name, want] of [
  ["pi-[8-11]", ["pi-8", "pi-9", "pi-10", "pi-11"]],
  ["pi-[0-10]", ["pi-0", "pi-1", "pi-2", "pi-3", "pi-4", "pi-5", "pi-6", "pi-7", "pi-8", "pi-9", "pi-10"]],
  ["pi-[08-11]", ["pi-08", "pi-09", "pi-10", "pi-11"]],
  ["[1-2]-lab", ["1-lab", "2-lab"]],
  ["pi-[007-007]-x", ["pi-007-x"]],
] as const)
  test(`${name} means ${want.join(", ")}`, () => {
    const range = nameRangeOf(name);
    if (range === undefined || "message" in range) throw new Error("not a range");
    assert.equal(namesIn(range), want);
    for (const one of want) assert.ok(isInRange(one, range), one);
  });

test("knows which names are not in a range", () => {
  const range = nameRangeOf("pi-[08-11]");
  if (range === undefined || "message" in range) throw new Error("not a range");
  for (const name of ["pi-8", "pi-12", "pi-008", "pi-", "pi-1e1", "xpi-08", "pi-08x", "pi-+9", "pi"])
    assert.not.ok(isInRange(name, range), name);
});

for (const [name, message, hint] of [
  ["pi-[30-01]", "the range 30-01 ends before it begins", "write pi-[01-30]"],
  ["pi-[1-030]", "the numbers of the range 1-030 have different numbers of digits", "write pi-[001-030]"],
  ["a[1-2][1-2]", '"a[1-2][1-2]" is not a name with a range', "a name can have only one range"],
  ["pi-[0-05]", "the numbers of the range 0-05 have different numbers of digits", "write pi-[00-05]"],
  ["pi-[a-c]", '"pi-[a-c]" is not a name with a range', "write a range like pi-[01-30]"],
  ["pi-[1-999999999]", "the range has 999,999,999 sensors; the limit is 20,000", undefined],
] as const)
  test(`refuses ${name}`, () => {
    const complaint = nameRangeOf(name) as { message: string; hint?: string };
    assert.is(complaint.message, message);
    assert.is(complaint.hint, hint);
  });

const head = `version: 1
defaults:
  target: hetzner
  admin: {ssh_keys: [${ed25519Key}], allow_from: [198.52.100.0/24]}
sensors:
`;
const load = (text: string, only?: readonly string[]) =>
  loadSettings("/s.yaml", virtualWorld({ "/s.yaml": head + text }), {
    readSecrets: false,
    ...(only && { only }),
  });

test("gives all sensors of a range the settings of the entry", async () => {
  const { sensors, diagnostics } = await load(
    '  - {name: "pi-[01-02]", timezone: Europe/Berlin, address: "{sensor}.example.org"}\n  - name: hub\n',
  );
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan }) => [plan.name, plan.timezone, plan.address]),
    [
      ["pi-01", "Europe/Berlin", "pi-01.example.org"],
      ["pi-02", "Europe/Berlin", "pi-02.example.org"],
      ["hub", "Etc/UTC", undefined],
    ],
  );
});

test("reports a mistake in a range once, at the entry", async () => {
  const { diagnostics } = await load("  - name: hub\n  - name: pi-[01-30]\n    admin: {ssh_port: 0}\n");
  assert.equal(
    diagnostics.map(({ code, path }) => [code, path]),
    [["settings/invalid-value", ["sensors", 1, "admin", "ssh_port"]]],
  );
});

for (const [name, text, code] of [
  ["an address that 30 sensors share", "  - name: pi-[01-30]\n    address: 203.0.114.7\n", "settings/range"],
  [
    "ranges with too many sensors together",
    "  - name: a-[1-15000]\n  - name: b-[1-15000]\n",
    "settings/too-long",
  ],
  ["a name in two ranges", "  - name: a-[1-3]\n  - name: a-[3-4]\n", "settings/duplicate-name"],
  ["a name that is no host name", "  - name: PI-[1-3]\n", "settings/invalid-value"],
] as const)
  test(`refuses ${name}`, async () => {
    const { diagnostics } = await load(text);
    assert.equal([...new Set(diagnostics.map((each) => each.code))], [code]);
  });

test("reads only the range of the named sensor", async () => {
  const text =
    '  - name: pi-[01-30]\n  - name: "x-[1-9]"\n    admin: {ssh_port: 0}\n  - name: hub\n    nonsense: 1\n';
  assert.equal(narrow(head + text, ["pi-07"])?.positions, [0]);
  const { sensors, diagnostics } = await load(text, ["pi-07"]);
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan }) => plan.name),
    ["pi-07"],
  );
  const { diagnostics: other } = await load(text, ["x-3"]);
  assert.equal(other[0]?.path, ["sensors", 1, "admin", "ssh_port"]);
});

test("expands the only range of a file to nothing but the named sensor", async () => {
  const text = `${head}  - name: pi-[00001-20000]\n`;
  const { tree } = await readEntries(sourceOf("s.yaml", text), virtualWorld({}), ["pi-00077"]);
  assert.is(valueAt(tree.value, ["sensors", 0, "name"]), "pi-00077");
  assert.is(valueAt(tree.value, ["sensors", 1]), undefined);
});

test.run();
