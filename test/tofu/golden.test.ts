import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { diffOf } from "../support/golden-text.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The generated data of one sensor for each module. `npm test -- tofu/golden --update` rewrites it.

const test = suite("tofu/golden");
const golden = join(packageRoot(), "test/tofu/golden.tf.json");

test("the settings of test/tofu/sensors.yaml become test/tofu/golden.tf.json", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-tofu-"));
  try {
    const { code, stderr } = await sensorbake(["tofu", "test/tofu/sensors.yaml", "-o", folder]);
    assert.is(code, 0, stderr);
    const text = readFileSync(join(folder, "sensorbake.tf.json"), "utf8");
    if (process.env.UPDATE === "1") writeFileSync(golden, text);
    assert.is(diffOf(readFileSync(golden, "utf8"), text), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
