import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";
import { loadSettings } from "../../src/load/load.ts";
import { narrow } from "../../src/settings/narrow.ts";
import { arbitrarySettings } from "../support/arbitrary-settings.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("settings/narrow");

function sensorsIn(text: string): readonly { readonly name?: unknown }[] {
  return (parse(text) as { sensors: readonly { readonly name?: unknown }[] }).sensors;
}

function assertNarrowed(text: string, name: string): void {
  const narrowed = narrow(text, [name]);
  assert.ok(narrowed !== undefined, "the text was not narrowed");
  const whole = sensorsIn(text);
  assert.equal(
    sensorsIn(narrowed.text),
    narrowed.positions.map((position) => whole[position]),
  );
  assert.ok(sensorsIn(narrowed.text).some((sensor) => sensor.name === name));
  const { sensors: _ours, ...head } = parse(narrowed.text);
  const { sensors: _theirs, ...wanted } = parse(text);
  assert.equal(head, wanted);
  // Every character that is left is where it was.
  assert.is(narrowed.text.length, text.length);
  for (let at = 0; at < text.length; at++)
    if (!/\s/.test(narrowed.text.charAt(at))) assert.is(narrowed.text.charAt(at), text.charAt(at));
}

test("the entry of a sensor means the same without those of the others", () => {
  fc.assert(
    fc.property(
      arbitrarySettings.filter(({ sensors }) => sensors.length > 1),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (document, indentSeq, inFlow, isWindows) => {
        const sensors = document.sensors.map(({ name, ...rest }) => ({ name, ...rest }));
        let text = stringify(
          { ...document, sensors },
          { indentSeq, lineWidth: 40, aliasDuplicateObjects: false },
        );
        if (inFlow)
          text = `${stringify({ ...document, sensors: undefined }, { aliasDuplicateObjects: false })}sensors:\n${sensors.map((sensor) => `  - ${JSON.stringify(sensor).replace('"name":', "name: ")}\n`).join("")}`;
        if (isWindows) text = text.replaceAll("\n", "\r\n");
        for (const { name } of sensors) assertNarrowed(text, name);
      },
    ),
    { numRuns: 100 },
  );
});

const texts: readonly (readonly [name: string, text: string])[] = [
  [
    "comments and blank lines between the entries",
    "sensors: # all\n\n# one\n  - name: b\n\n  # two\n# three\n  - name: a\n    x: 1\n",
  ],
  [
    "a list that is not indented, and keys below it",
    "sensors:\n- name: a\n  x: 1\n- name: b\nversion: 1\ndefaults: {x: 1}\n",
  ],
  [
    "lines in text that look like entries",
    'sensors:\n  - name: b\n    x: |\n      - name: a\n      sensors:\n    y: "one\n      - name: a\n      two"\n  - name: a\n',
  ],
  [
    "text that looks like the list",
    "version: |\n  sensors:\n    - name: c\nsensors:\n  - name: a\n  - name: b\n",
  ],
  [
    "names in quotes, and a name that is not the first key",
    `sensors:\n  - {name: "b", x: 1}\n  - x: 1\n    name: c\n  - {name: 'a'}\n`,
  ],
  [
    "an entry that begins in the line after its hyphen",
    "sensors:\n  -\n    name: c\n  - name: b\n  - name: a\n",
  ],
];
for (const [name, text] of texts) test(`narrows ${name}`, () => assertNarrowed(text, "a"));

const whole: readonly (readonly [name: string, text: string])[] = [
  ["a list in brackets", "sensors: [{name: a}, {name: b}]\n"],
  ["several documents", "sensors:\n  - name: a\n  - name: b\n---\nx: 1\n"],
  ["a sensor that is not there", "sensors:\n  - name: c\n  - name: b\n"],
  ["a file with no other sensor", "sensors:\n  - name: a\n"],
  ["a file without an end of its last line", "sensors:\n  - name: a\n  - name: b"],
];
for (const [name, text] of whole)
  test(`leaves ${name} whole`, () => assert.is(narrow(text, ["a"]), undefined));

const head = `version: 1
defaults:
  admin: {ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1toxLjGDb51MTryEBuzIvVuxyicWCFgGHG+aJF1IJM test], allow_from: anywhere}
sensors:
`;
const load = (sensors: string, only: string) =>
  loadSettings("s.yaml", virtualWorld({ "s.yaml": head + sensors }), { readSecrets: false, only: [only] });

test("a problem of the sensor is shown at its place in the file", async () => {
  const entries = "  - {name: b, target: nocloud}\n  - {name: a, target: nowhere}\n";
  const { diagnostics } = await load(entries, "a");
  assert.equal(
    diagnostics.map(({ path, range }) => [path, `${head}${entries}`.slice(range?.start, range?.end)]),
    [[["sensors", 1, "target"], "nowhere"]],
  );
});

test("a plan points at its place in the file", async () => {
  const { sensors } = await load("  - {name: b, target: nocloud}\n  - {name: a, target: nocloud}\n", "a");
  assert.equal(
    sensors.map(({ plan, placeOf }) => [plan.name, placeOf(["target"]).path]),
    [["a", ["sensors", 1, "target"]]],
  );
});

test("a mistake in another sensor's entry is not looked at", async () => {
  const { sensors, diagnostics } = await load(
    "  - {name: b, targte: 1}\n  - {name: a, target: nocloud}\n",
    "a",
  );
  assert.equal(diagnostics, []);
  assert.is(sensors.length, 1);
});

test("a name that occurs twice is refused", async () => {
  const { diagnostics } = await load(
    "  - {name: a, target: ec2}\n  - {name: b, target: ec2}\n  - {name: a, target: ec2}\n",
    "a",
  );
  assert.equal(
    diagnostics.map(({ code, path }) => [code, path]),
    [["settings/duplicate-name", ["sensors", 2, "name"]]],
  );
});

test("an unknown sensor is refused with the names of the others", async () => {
  const { diagnostics } = await load("  - {name: fra, target: ec2}\n  - {name: nyc, target: ec2}\n", "fru");
  assert.equal(
    diagnostics.map(({ hint }) => hint),
    ["did you mean fra?"],
  );
});

test.run();
