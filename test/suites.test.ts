import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/load/read-release.ts";

const test = suite("suites");

// uvu says nothing about a suite that is declared and never run.
test("every suite of every test file is run", () => {
  const folder = join(packageRoot(), "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(test|boot)\.ts$/.test(path),
  );
  assert.ok(files.length > 10);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const declared = [...text.matchAll(/^const (\w+) = suite(?:<.*>)?\(/gm)].map(([, name]) => name);
    assert.ok(declared.length > 0, `${file} declares no suite`);
    for (const name of declared)
      assert.match(text, new RegExp(`^${name}\\.run\\(\\);$`, "m"), `${file}: ${name} is never run`);
  }
});

test.run();
