import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { browserProgram, compiled, type OpenPage, openPage, recompiled } from "../support/browser.ts";
import { exampleSecrets } from "../support/example-secrets.ts";
import { listFiles } from "../support/list-files.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// Every example compiled in a real browser has the same bytes as with the command line.

const test = suite("page/examples");
const folder = mkdtempSync(join(tmpdir(), "sensorbake-page-"));
const names = readdirSync(join(packageRoot(), "examples"))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => basename(name, ".yaml"))
  .sort();
let open: OpenPage | undefined;
test.after(async () => {
  await open?.close();
  rmSync(folder, { recursive: true });
});

for (const name of names)
  needs(browserProgram, "unzip")(test, `compiles ${name} like the command line`, async () => {
    const words = ["build", join("examples", `${name}.yaml`), "-o", join(folder, "here", name)];
    const built = sensorbake(words, { env: exampleSecrets });
    open ??= await openPage();
    const { page, complaints, requests } = open;
    await page.getByLabel("Example", { exact: true }).selectOption(name);
    await compiled(page);
    const sensors = await page.getByLabel("Sensor", { exact: true }).locator("option").allTextContents();
    assert.ok(sensors.length > 0);
    mkdirSync(join(folder, "page"), { recursive: true });
    for (const sensor of sensors) {
      await page.getByLabel("Sensor", { exact: true }).selectOption(sensor);
      await compiled(page);
      for (const [variable, value] of Object.entries(exampleSecrets)) {
        const field = page.getByLabel(`${variable}, as text`);
        if (await field.isVisible()) await field.fill(value);
      }
      await compiled(page);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download all as a zip" }).click(),
      ]);
      const zip = join(folder, `${name}-${sensor}.zip`);
      await download.saveAs(zip);
      const { code, stderr } = await execute("unzip", ["-q", zip, "-d", join(folder, "page", name)]);
      assert.is(code, 0, stderr);
    }
    assert.is((await built).code, 0);
    assert.equal(await digestsOf(join(folder, "page", name)), await digestsOf(join(folder, "here", name)));
    assert.equal(complaints, []);
    assert.equal(requests, []);
  });

needs(browserProgram)(test, "downloads the seed volume that the command line writes", async () => {
  const written = join(folder, "seed.img");
  const words = ["image", "--seed", "examples/minimal.yaml", "--sensor", "sensor-1", "-o", written];
  const command = await sensorbake(words, { env: exampleSecrets });
  assert.is(command.code, 0, command.stderr);
  open ??= await openPage();
  const { page } = open;
  const choose = () => page.getByLabel("Example", { exact: true }).selectOption("minimal");
  await recompiled(page, choose);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the seed volume" }).click(),
  ]);
  assert.is(download.suggestedFilename(), "sensor-1-seed.img");
  const given = join(folder, "given.img");
  await download.saveAs(given);
  assert.is(sha256(readFileSync(given)), sha256(readFileSync(written)));
  await recompiled(page, () => page.getByLabel("Example", { exact: true }).selectOption("pi"));
  assert.is(await page.getByRole("button", { name: "Download the seed volume" }).count(), 0);
});

async function digestsOf(place: string): Promise<Readonly<Record<string, string>>> {
  const files = (await listFiles(place)).filter((path) => basename(path) !== ".sensorbake");
  return Object.fromEntries(
    files.map((path) => [
      relative(place, path),
      `${(statSync(path).mode & 0o777).toString(8)} ${sha256(readFileSync(path))}`,
    ]),
  );
}

test.run();
