import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Stretch, united, within } from "../../src/image/stretches.ts";

const test = suite("image: stretches of a file");

const stretches = (...pairs: readonly (readonly [number, number])[]): readonly Stretch[] =>
  pairs.map(([start, end]) => ({ start, end }));

for (const [name, given, want] of [
  ["nothing", stretches(), stretches()],
  ["what touches", stretches([0, 5], [5, 9]), stretches([0, 9])],
  ["overlapping parts in any order", stretches([7, 9], [0, 5], [4, 6]), stretches([0, 6], [7, 9])],
  ["a part inside another", stretches([0, 9], [2, 3], [12, 13]), stretches([0, 9], [12, 13])],
] as const)
  test(`unites ${name}`, () => assert.equal(united(given), want));

test("returns the parts between two bytes", () => {
  assert.equal(within(stretches([0, 5], [6, 9], [10, 20]), 4, 12), stretches([4, 5], [6, 9], [10, 12]));
  assert.equal(within(stretches([0, 5]), 5, 9), stretches());
});

test.run();
