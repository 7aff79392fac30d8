import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../support/scratch-root.ts";
import { withTofu } from "../support/tofu.ts";
import { canary, everyModule, type TofuEngine, tofuEngine } from "../support/tofu-engine.ts";

// A real OpenTofu with every module. test/tofu/go/stand-in takes the place of each provider: it has the attributes of
// schemas.json, and creates nothing. test/tofu/check-names.py compares these attributes with the providers' own types.

const test = suite("tofu/engine");
let engine: TofuEngine;
test.before(() => {
  engine = tofuEngine();
});
test.after(() => engine.remove());

withTofu(test, "finds nothing to format in the modules", async () => {
  const { code, stdout } = await execute(
    "tofu",
    ["fmt", "-check", "-diff", "-recursive", "tofu"],
    engine.environment,
  );
  assert.is(code, 0, stdout);
});

withTofu(
  test,
  "creates a machine with every module; the second plan is empty; no secret is in plan or state",
  async () => {
    await engine.write(
      "all",
      `${everyModule}  - {name: literal, target: hetzner, backup: {password: ${canary}}}\n`,
    );
    await engine.init("all");
    await engine.tofu("all", ["validate"]);
    await engine.plan("all", 2, "-out=first");
    const shown = await engine.tofu("all", ["show", "-json", "first"]);
    await engine.apply("all", "first");
    const state = readFileSync(join(engine.folder, "all/terraform.tfstate"), "utf8");
    for (const text of [shown, state]) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is OpenTofu's
      assert.ok(text.includes('${file(\\"/etc/passwd\\")} %{if true}'));
      assert.not.ok(text.includes(canary));
      // The first line of /etc/passwd: OpenTofu would have evaluated the string above.
      assert.not.ok(text.includes("root:x:0:0"));
    }
    const addresses = JSON.parse(await engine.tofu("all", ["output", "-json", "addresses"]));
    assert.equal(Object.keys(addresses).length, 17);
    assert.is(addresses["proxmox-1"], "192.0.2.44");
    for (const [name, address] of Object.entries(addresses))
      assert.match(String(address), /^\d+\.\d+\.\d+\.\d+$/, name);
    await engine.plan("all", 0);
  },
);

withTofu(test, "`tofu test` with mock providers finds an address for each sensor", async () => {
  await engine.write("all", everyModule);
  mkdirSync(join(engine.folder, "all/tests"), { recursive: true });
  writeFileSync(
    join(engine.folder, "all/tests/sensors.tftest.hcl"),
    readFileSync("test/tofu/sensors.tftest.hcl"),
  );
  await engine.init("all");
  assert.match(await engine.tofu("all", ["test", "-no-color"]), "1 passed, 0 failed.");
});

test.run();
