import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";
import type { Path } from "../../src/diagnostics/diagnostic.ts";
import { changeText } from "../../src/settings/change-text.ts";
import { nasty } from "../support/nasty.ts";

const test = suite("settings/change-text");

type Case = readonly [name: string, before: string, path: Path, value: unknown, after: string | undefined];

const cases: readonly Case[] = [
  [
    "replaces a value, and keeps comments, blanks and the order",
    "# top\nb:   1  # one\n\n# two\na: x # end\n",
    ["b"],
    22,
    "# top\nb:   22  # one\n\n# two\na: x # end\n",
  ],
  ["keeps single quotes", "a: {b: 'x', c: 1}\n", ["a", "b"], "it's", "a: {b: 'it''s', c: 1}\n"],
  ["keeps double quotes", 'a: "x" # c\n', ["a"], "y z", 'a: "y z" # c\n'],
  ["adds quotes where they are needed", "a: {b: x}\n", ["a", "b"], "y, z", 'a: {b: "y, z"}\n'],
  ["replaces text after a bar", "a: |\n  x\n  y\nb: 1\n", ["a"], "z", "a: z\nb: 1\n"],
  ["keeps a comment behind a bar", "a: >- # c\n  x\n", ["a"], "z", "a: z # c\n"],
  ["fills a key without a value", "a:\n  b: # c\n  d: 1\n", ["a", "b"], 2, "a:\n  b: 2 # c\n  d: 1\n"],
  [
    "adds a setting behind the others of its group",
    "a:\n    b: 1 # c\n    # end\nd: 1\n",
    ["a", "e"],
    "x",
    "a:\n    b: 1 # c\n    e: x\n    # end\nd: 1\n",
  ],
  [
    "adds a setting in brackets",
    "a: {b: 1, # c\n  d: 2 # e\n}\n",
    ["a", "f"],
    [1],
    "a: {b: 1, # c\n  d: 2, f: [1] # e\n}\n",
  ],
  ["adds a setting to empty brackets", "a: {}\n", ["a", "b"], "x", "a: {b: x}\n"],
  [
    "adds groups, with lists and references in brackets",
    "a: 1",
    ["g"],
    { h: { i: [1, 2], j: { env: "X" } }, k: {} },
    "a: 1\ng:\n  h:\n    i: [1, 2]\n    j: {env: X}\n  k: {}\n",
  ],
  [
    "adds a long list as lines",
    "a:\n  b: 1\n",
    ["a", "c"],
    ["x".repeat(70)],
    `a:\n  b: 1\n  c:\n    - ${"x".repeat(70)}\n`,
  ],
  ["adds to an empty group", "a:\nb: 1\n", ["a", "c", "d"], 1, "a:\n  c:\n    d: 1\nb: 1\n"],
  [
    "adds only the settings of a group that exists",
    "a: {b: 1}\n",
    ["a"],
    { b: 1, c: { d: 2 } },
    "a: {b: 1, c: {d: 2}}\n",
  ],
  [
    "adds defaults before the sensors",
    "version: 1 # v\nsensors: [{name: a}]\n",
    ["defaults", "os"],
    "x",
    "version: 1 # v\ndefaults:\n  os: x\nsensors: [{name: a}]\n",
  ],
  [
    "removes a setting with its own comments, and no other",
    "# a\n\n# b\nb: 1 # c\n# d\nd: 1\n",
    ["b"],
    undefined,
    "# a\n\n# d\nd: 1\n",
  ],
  ["removes groups that become empty", "a:\n  b:\n    c: 1\nd: 1\n", ["a", "b", "c"], undefined, "d: 1\n"],
  ["removes in brackets", "a: {b: 1, c: 2, d: 3}\n", ["a", "c"], undefined, "a: {b: 1, d: 3}\n"],
  ["removes nothing that is missing", "a:\n  b: 1\n", ["a", "c", "d"], undefined, "a:\n  b: 1\n"],
  [
    "adds an entry behind the last one",
    "l:\n  # one\n  - a # c\n  # end\nb: 1\n",
    ["l"],
    ["a", "b"],
    "l:\n  # one\n  - a # c\n  - b\n  # end\nb: 1\n",
  ],
  ["adds an entry before the first one", "l:\n- a # c\n", ["l"], ["z", "a"], "l:\n- z\n- a # c\n"],
  ["replaces an entry", "l: [a, 'b', c] # x\n", ["l"], ["a", "d", "c"], "l: [a, 'd', c] # x\n"],
  [
    "removes an entry, and keeps the comments of the others",
    "l:\n  - a # a\n  - b # b\n  - c # c\n",
    ["l"],
    ["a", "c"],
    "l:\n  - a # a\n  - c # c\n",
  ],
  ["removes entries in brackets", "l: [a, b, c]\n", ["l"], ["c"], "l: [c]\n"],
  ["removes the last entries in brackets", "l: [a, b, c]\n", ["l"], ["a"], "l: [a]\n"],
  ["makes a list of a word", "l: any # c\nb: 1\n", ["l"], ["a", "b"], "l: [a, b] # c\nb: 1\n"],
  ["makes a word of lines", "l:\n  - a\n  - b # c\nb: 1\n", ["l"], "any", "l: any # c\nb: 1\n"],
  ["makes a word of a list in brackets", "l: [a, # x\n  b] # c\n", ["l"], "any", "l: any # c\n"],
  [
    "changes an entry of a list of maps",
    "s:\n  - name: a\n    os: x # c\n  - {name: b}\n",
    ["s", 1, "os"],
    "y",
    "s:\n  - name: a\n    os: x # c\n  - {name: b, os: y}\n",
  ],
  [
    "adds a map to a list of lines",
    "s:\n- name: a\n  b: {c: 1}\n# end\n",
    ["s", 1],
    { name: "b", c: { d: [1] } },
    "s:\n- name: a\n  b: {c: 1}\n- name: b\n  c:\n    d: [1]\n# end\n",
  ],
  [
    "adds a map in brackets beside others in brackets",
    "s:\n  - {name: a}\n",
    ["s", 1],
    { name: "b" },
    "s:\n  - {name: a}\n  - {name: b}\n",
  ],
  [
    "adds a map to a list in brackets",
    "s: [{name: a}]\n",
    ["s", 1],
    { name: "b" },
    "s: [{name: a}, {name: b}]\n",
  ],
  ["adds the first map", "s: []\n", ["s", 0], { name: "b" }, "s: [{name: b}]\n"],
  [
    "keeps line ends of Windows",
    "a: 1\r\nb:\r\n  c: 1 # x\r\n",
    ["b", "d"],
    { e: 1 },
    "a: 1\r\nb:\r\n  c: 1 # x\r\n  d:\r\n    e: 1\r\n",
  ],
  ["keeps the beginning and the end of a document", "---\na: 1\n...\n", ["b"], 1, "---\na: 1\nb: 1\n...\n"],
  ["refuses a text in place of a group", "a: x\n", ["a", "b"], 1, undefined],
  ["refuses a list in place of a group", "a: [x]\n", ["a", "b"], 1, undefined],
  ["refuses an entry behind the next one", "s: []\n", ["s", 1, "a"], 1, undefined],
  ["refuses a text without settings", "- a\n", ["a"], 1, undefined],
];

for (const [name, before, path, value, after] of cases)
  test(name, () => assert.is(changeText(before, path, value), after));

test("any value comes back, in and outside of brackets, and the rest of the text stays", () => {
  const change = (value: string) => {
    for (const before of ["# a\nx: 1 # b\ny: 'z'\n", "{x: 1, y: 'z'} # a\n", "y: z\n", "{y: z}\n"]) {
      const after = changeText(before, ["x"], value) ?? "";
      assert.equal(parse(after), { x: value, y: "z" }, `${before}${after}`);
    }
    const list = changeText("l:\n  - a\n", ["l"], ["a", value]) ?? "";
    assert.equal(parse(list), { l: ["a", value] }, list);
  };
  for (const value of [...nasty, "", " ", "null", "1e5", "~", "- a", "a: b", "#", "[", "x #y", "}", "a\nb"])
    change(value);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), change), { numRuns: 200, seed: 1 });
});

test("a setting that is added and removed leaves the text as it was, in any style", () => {
  const key = fc.stringMatching(/^[a-e]$/);
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }));
  const group = fc.dictionary(
    key,
    fc.oneof(leaf, fc.dictionary(key, leaf, { minKeys: 1, noNullPrototype: true })),
    { minKeys: 1 },
  );
  const style = fc.record({
    indent: fc.integer({ min: 1, max: 5 }),
    collectionStyle: fc.constantFrom("any", "block", "flow"),
  });
  fc.assert(
    fc.property(group, style, (data, options) => {
      const before = stringify(data, options as object);
      const path = ["z", "y"];
      const added = changeText(before, path, "x") ?? "";
      assert.equal(parse(added), { ...data, z: { y: "x" } });
      assert.is(changeText(added, path, undefined), before);
    }),
    { numRuns: 100, seed: 1 },
  );
});

test.run();
