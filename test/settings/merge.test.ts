import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { merge } from "../../src/settings/merge.ts";
import { isReference } from "../../src/settings/secret-leaf.ts";

const merging = suite("merge");

type Tree = string | number | boolean | readonly Tree[] | { readonly [key: string]: Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean()),
    fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }),
    fc.oneof(fc.record({ env: fc.string() }), fc.record({ file: fc.string() })),
    fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "env"), tie("tree"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
}));

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isReference(value);

merging("of maps has the keys of both, each merged; anything else is replaced", () => {
  fc.assert(
    fc.property(tree, tree, (base, over) => {
      const merged = merge(base, over);
      if (!isMap(base) || !isMap(over)) return assert.is(merged, over);
      assert.ok(isMap(merged) || isReference(merged));
      assert.equal(new Set(Object.keys(merged)), new Set([...Object.keys(base), ...Object.keys(over)]));
      for (const [key, value] of Object.entries(merged)) {
        if (!Object.hasOwn(over, key)) assert.is(value, base[key], "what only the base has is shared");
        else if (!Object.hasOwn(base, key)) assert.is(value, over[key]);
        else assert.equal(value, merge(base[key], over[key]));
      }
    }),
  );
});

merging("changes neither side and can be repeated", () => {
  fc.assert(
    fc.property(tree, tree, (base, over) => {
      const before = JSON.stringify([base, over]);
      const once = merge(base, over);
      assert.equal(merge(once, over), once);
      assert.equal(merge(base, base), base);
      assert.is(JSON.stringify([base, over]), before);
    }),
  );
});

for (const [name, base, over, want] of [
  ["lays a map over a map", { a: 1, m: { x: 1, y: 2 } }, { m: { y: 3 } }, { a: 1, m: { x: 1, y: 3 } }],
  ["replaces a list", { l: [1, 2] }, { l: [3] }, { l: [3] }],
  ["replaces a literal secret by a reference", { p: "infected" }, { p: { env: "X" } }, { p: { env: "X" } }],
  [
    "replaces one reference by another, never mixing them",
    { p: { env: "X" } },
    { p: { file: "y" } },
    { p: { file: "y" } },
  ],
  ["replaces a reference by a literal", { p: { file: "y" } }, { p: "infected" }, { p: "infected" }],
  ["keeps what the sensor does not say", { a: { b: 1 } }, { a: undefined }, { a: { b: 1 } }],
] as const)
  merging(name, () => {
    assert.equal(merge(base, over), want);
  });

merging.run();
