import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";
import { nasty } from "../support/nasty.ts";
import { needs } from "../support/needs.ts";

const test = suite("readers/yaml");

needs("python3")(test, "Python's YAML reads back every nasty value", () => {
  const value = { list: nasty, map: Object.fromEntries(nasty.map((text, index) => [`k${index}`, text])) };
  assert.equal(readByPython([value])[0], value);
});

needs("python3")(test, "Python's YAML reads back any text, of one line or several", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({
      unit: fc.constantFrom("a", " ", "\n", "\t", "#", ":", "-", "\u0085", "\u2028", "é", "\ufeff"),
    }),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (values) => {
      const isWhole = (value: string): boolean =>
        !/[\ud800-\udfff]/.test(value) && !/[^\P{Cc}\n\t\u0085]/u.test(value);
      const wanted = values.filter(isWhole);
      assert.equal(readByPython([{ wanted }])[0], { wanted });
    }),
    { numRuns: 30, seed: 1 },
  );
});

needs("python3")(test, "Python's YAML reads back any nesting, with both widths of indentation", () => {
  const text = fc.constantFrom(...nasty, "line\n", "# line\n\n  indented\n", "--- a\n...\n");
  const key = fc.constantFrom("name", "on-link", "on", "2222:22", "a: b", "");
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, fc.boolean(), fc.constant(null), fc.integer()),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const documents = fc.array(fc.record({ first: node, second: node }, { noNullPrototype: true }), {
    minLength: 20,
    maxLength: 60,
  });
  fc.assert(
    fc.property(documents, fc.constantFrom(1, 2), (values, indent) => {
      assert.equal(readByPython(values, indent), values);
    }),
    { numRuns: 20, seed: 1 },
  );
});

function readByPython(values: readonly unknown[], indent?: 1 | 2): readonly unknown[] {
  const program =
    "import json, sys, yaml; json.dump([yaml.safe_load(text) for text in json.load(sys.stdin)], sys.stdout)";
  const input = JSON.stringify(values.map((value) => stringifyYaml(value, indent)));
  return JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", program], { input, encoding: "utf8" }),
  ) as unknown[];
}

test.run();
