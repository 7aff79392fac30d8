import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/load/read-release.ts";

const test = suite("suites");

// uvu does not report a suite that is declared and never run.
test("every suite of every test file is run", () => {
  const folder = join(packageRoot(), "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.(test|boot)\.ts$/.test(path),
  );
  assert.ok(files.length > 10);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    const declared = [...text.matchAll(/^const (\w+) = (?:suite(?:<.*>)?|\w+Suite)\(/gm)].map(
      ([, name]) => name,
    );
    assert.ok(declared.length > 0, `${file} declares no suite`);
    for (const name of declared)
      assert.match(text, new RegExp(`^${name}\\.run\\(\\);$`, "m"), `${file}: ${name} is never run`);
  }
});

test("every reported case has a test that names it", () => {
  const folder = join(packageRoot(), "test");
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => readFileSync(join(folder, path), "utf8"));
  const cases = readdirSync(join(folder, "cases"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.ok(cases.length > 20);
  const untested = cases.map(({ name }) => name).filter((name) => !texts.some((text) => text.includes(name)));
  assert.equal(untested, []);
});

test.run();
