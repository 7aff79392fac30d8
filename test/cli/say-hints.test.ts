import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sayHints } from "../../src/cli/shared/say-hints.ts";
import { recordedStreams } from "../support/recorded-streams.ts";

const test = suite("cli/say-hints");

test("says each hint once, and only the first six", () => {
  const { streams, said } = recordedStreams();
  const hints = ["a", "a", "b", "c", "d", "e", "f", "g", "h"];
  sayHints([{ failure: undefined }, ...hints.map((hint) => ({ failure: { hint } }))], streams);
  assert.equal(
    said,
    ["a", "b", "c", "d", "e", "f", "and 2 more like these"].map((hint) => `  = help: ${hint}`),
  );
});

test.run();
