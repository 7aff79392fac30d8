import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseReport } from "../../src/machines/sensor-report.ts";

const test = suite("machines/sensor-report");

const check = { name: "disk", status: "good", message: "41% used", next: "" };
const report = { schema: 1, sensor: "fra", healthy: true, facts: { days: 1 }, checks: [check] };
const long = "x".repeat(1001);

test("reads an answer, and leaves out keys that it does not know", () => {
  const more = {
    ...report,
    later: 1,
    facts: { days: 1, later: [] },
    checks: [{ ...check, age: 5, later: "" }],
  };
  assert.equal(parseReport(JSON.stringify(more)), { ...report, checks: [{ ...check, age: 5 }] });
});

const refused: readonly (readonly [string, unknown])[] = [
  ["another schema", { ...report, schema: 2 }],
  ["no schema", { ...report, schema: undefined }],
  ["a list", [report]],
  ["null", null],
  ["a status that does not exist", { ...report, checks: [{ ...check, status: "fine" }] }],
  ["a message that is too long", { ...report, checks: [{ ...check, message: long }] }],
  ["a terminal escape in a message", { ...report, checks: [{ ...check, message: "\u001b[2J" }] }],
  ["a letter outside ASCII in the name", { ...report, sensor: "fr\u0430" }],
  ["a line break in a command", { ...report, checks: [{ ...check, next: "a\nb" }] }],
  ["a negative age", { ...report, checks: [{ ...check, age: -1 }] }],
  ["an age that is not whole", { ...report, checks: [{ ...check, age: 0.5 }] }],
  ["a number beyond all measure", { ...report, facts: { days: 1e300 } }],
  ["a number as text", { ...report, facts: { days: "1" } }],
  ["a version with a quote", { ...report, facts: { version: "1'" } }],
  ["a digest of another length", { ...report, facts: { settings_digest: "0" } }],
  ["more checks than a sensor has", { ...report, checks: Array.from({ length: 501 }, () => check) }],
];
for (const [name, value] of refused)
  test(`refuses ${name}`, () => {
    assert.is(parseReport(JSON.stringify(value)), undefined);
  });

test("refuses text that is not JSON", () => {
  for (const text of ["", "{", "[".repeat(200_000), `{"schema":1,`, "NaN"])
    assert.is(parseReport(text), undefined);
});

test("is not affected by keys of JavaScript's own objects", () => {
  const text = JSON.stringify(report).replace("{", '{"__proto__":{"healthy":false},"constructor":1,');
  assert.equal(parseReport(text), report);
});

test.run();
