import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pathAt } from "../../src/page/path-at.ts";

const test = suite("page/path-at");

// `|` is the cursor.
const cases: readonly (readonly [name: string, text: string, path: readonly string[], isValue: boolean])[] = [
  ["a key at the top", "ver|", [], false],
  ["a value at the top", "version: |", ["version"], true],
  ["a key in a section", "defaults:\n  admin:\n    us|", ["defaults", "admin"], false],
  ["a section that has ended", "defaults:\n  admin:\n    user: x\n  ca|", ["defaults"], false],
  ["a value in a section", "defaults:\n  os: deb|", ["defaults", "os"], true],
  ["the first key of an entry", "sensors:\n  - na|", ["sensors", ""], false],
  ["a later key of an entry", "sensors:\n  - name: x\n    tar|", ["sensors", ""], false],
  [
    "an entry at the column of its list",
    "sensors:\n- name: x\n  target: no|",
    ["sensors", "", "target"],
    true,
  ],
  ["a section of an entry", "sensors:\n  - name: a\n    admin:\n      us|", ["sensors", "", "admin"], false],
  ["the second entry", "sensors:\n  - name: a\n    admin:\n      user: b\n  - |", ["sensors", ""], false],
  ["a key in braces", "sensors:\n  - {name: a, admin: {user: b, ssh|", ["sensors", "", "admin"], false],
  ["a value in braces", "sensors:\n  - {name: a, target: |", ["sensors", "", "target"], true],
  ["after closed braces", "sensors:\n  - {admin: {user: b}, na|", ["sensors", ""], false],
  ["below a comment and an empty line", "defaults:\n# note: x\n\n  ti|", ["defaults"], false],
  ["a quoted key", 'defaults:\n  "admin":\n    us|', ["defaults", "admin"], false],
];

for (const [name, marked, path, isValue] of cases)
  test(`finds ${name}`, () => {
    const offset = marked.indexOf("|");
    const found = pathAt(marked.replace("|", ""), offset);
    assert.equal(found.path, path);
    assert.is(found.isValue, isValue);
    assert.is(found.start, offset - (/\w*$/.exec(marked.slice(0, offset))?.[0].length ?? 0));
  });

test("takes linear time for a long line", () => {
  const word = "a".repeat(500_000);
  const started = performance.now();
  for (const line of [`${word} `, `k: ${word} x`, `{${word}, k: `]) pathAt(line, line.length);
  const seconds = (performance.now() - started) / 1000;
  assert.ok(seconds < 5, `${seconds} s`);
});

test.run();
