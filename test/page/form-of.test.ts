import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formOf } from "../../src/page/form-of.ts";
import type { Questions, Typed } from "../../src/page/protocol.ts";
import { textChange } from "../../src/page/text-change.ts";
import { ed25519Key } from "../support/keys.ts";

const test = suite("page/form-of");

async function form(text: string, entry = 0, typed?: Omit<Typed, "isDone">): Promise<Questions> {
  const given = { files: new Map(), environment: new Map() };
  const done = typed && { ...typed, isDone: true };
  const reply = await formOf({ kind: "interview", id: 1, text, given, entry, typed: done });
  assert.ok(reply.kind === "questions");
  return reply;
}

const admin = `admin: {ssh_keys: [${ed25519Key}], allow_from: anywhere}`;
const two = `version: 1\ndefaults: {${admin}}\nsensors:\n  - {name: a, target: pi, timezone: Asia/Tokyo}\n  - {name: b, target: ec2}\n`;

for (const [name, text, note] of [
  ["wrong YAML", `${two}x: [\n`, /^Correct line \d in the editor first: /],
  ["an anchor", two.replace("{name: b", "&x {name: b"), /^Correct line 5 in the editor first: .*anchor/],
  ["two documents", `${two}---\nx: 1\n`, /^Correct line 6 in the editor first: .*document/],
  ["a key that occurs twice", `${two}version: 1\n`, /^Correct line 6 in the editor first: .*twice/],
  ["a control character", `${two}# \u0007\n`, /^Correct line 6 in the editor first: .*control character/],
  ["no map", "- a\n", /settings are a map/],
] as const)
  test(`${name} must be corrected before a question is asked`, async () => {
    const { note: shown, fields } = await form(text);
    assert.match(shown ?? "", note);
    assert.equal(fields, []);
  });

test("without an entry, only what all sensors share is asked", async () => {
  for (const [text, note] of [
    ["version: 1\nsensors_from: a.csv\n", /in a table/],
    ["version: 1\nsensors: 5\n", /no sensor/],
  ] as const) {
    const { note: shown, fields } = await form(text);
    assert.match(shown ?? "", note);
    assert.ok(fields.length > 5);
    assert.ok(fields.every(({ isOfSensor }) => !isOfSensor));
  }
});

test("an entry whose name is not a word has a number", async () => {
  const { entries } = await form(two.replace("name: a", "name: {first: a}"));
  assert.equal(entries, ["entry 1", "b"]);
});

test("each field has the problem of its setting", async () => {
  const { fields, entries } = await form(two.replace("ec2", "ec2, timezone: Mars"), 1);
  assert.equal(entries, ["a", "b"]);
  const complaints = fields.flatMap(({ key, complaint }) => (complaint ? [`${key}: ${complaint}`] : []));
  assert.is(complaints.length, 1, complaints.join());
  assert.match(complaints[0] ?? "", /^timezone: "Mars" is not/);
});

test("a sensor with its own value of a shared setting says so", async () => {
  const aboutIn = async (entry: number) =>
    (await form(two, entry)).fields.find(({ key }) => key === "timezone")?.about ?? "";
  assert.match(await aboutIn(0), "This sensor has its own value.");
  assert.not.match(await aboutIn(1), "This sensor has its own value.");
});

test("an answer is the smallest change of the text", async () => {
  const { edit, fields } = await form(two, 1, { key: "region", value: "eu-central-1" });
  const from = two.lastIndexOf("}");
  assert.equal(edit, { from, to: from, text: ", ec2: {region: eu-central-1}" });
  assert.is(fields.find(({ key }) => key === "region")?.complaint, undefined);
  const refused = await form(two, 1, { key: "region", value: " " });
  assert.is(refused.edit, undefined);
  assert.is(refused.fields.find(({ key }) => key === "region")?.complaint, "an answer is required");
});

test("an answer in an empty text writes the file of init, and keeps comments", async () => {
  for (const text of ["", "# mine"]) {
    const { edit } = await form(text, 0, { key: "timezone", value: "Asia/Tokyo" });
    assert.is(edit?.from, text.length);
    assert.match(edit?.text ?? "", /timezone: Asia\/Tokyo\n[\s\S]*name: sensor-1\n/);
  }
});

test("a text change has no more than the difference", () => {
  assert.equal(textChange("abcabc", "abcabcabc"), { from: 6, to: 6, text: "abc" });
  assert.equal(textChange("aXb", "aYYb"), { from: 1, to: 2, text: "YY" });
  assert.is(textChange("a", "a"), undefined);
});

test.run();
