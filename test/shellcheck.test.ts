import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot, readKit } from "../../src/cli/kit.ts";
import { needs } from "../support/needs.ts";

const test = suite("templates/shellcheck");
const { templates } = await readKit();
const scripts = templates.filter(({ text }) => text.startsWith("#!")).map(({ path }) => path);

test("there are programs to read", () => {
  assert.ok(scripts.length > 10);
});

for (const path of scripts)
  needs("shellcheck")(test, `${path} has nothing that shellcheck complains about`, () => {
    const words = [join("templates", path)];
    const { status, stdout } = spawnSync("shellcheck", words, { cwd: packageRoot(), encoding: "utf8" });
    assert.is(stdout, "");
    assert.is(status, 0);
  });

test.run();
