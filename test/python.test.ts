import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/load/read-release.ts";
import { listFiles } from "../src/write/compare.ts";
import { needs } from "./support/needs.ts";
import { execute } from "./support/scratch-root.ts";

// Every Python program of the project, also those that only people run.

const test = suite("python");
// That of Debian 12, the oldest that a sensor can have.
const parse = `
import ast, sys
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        ast.parse(file.read(), name, feature_version=(3, 11))
`;

needs("python3")(test, "every program has the syntax of the oldest Python that runs it", async () => {
  const programs: string[] = [];
  for (const folder of ["packer", "templates", "test"])
    for (const path of await listFiles(join(packageRoot(), folder)))
      if (path.endsWith(".py")) programs.push(join(packageRoot(), folder, path));
  assert.ok(programs.length > 25);
  const { code, stderr } = await execute("python3", ["-I", "-c", parse, ...programs]);
  assert.is(code, 0, stderr);
});

test.run();
