import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519Key } from "../support/keys.ts";
import { sensorbake } from "../support/sensorbake.ts";

// test/monitoring has the contents of the files, for Debian's Prometheus.

const test = suite("cli/monitoring");
const metrics = { allow_from: ["10.0.0.9"] };
const settings = JSON.stringify({
  version: 1,
  defaults: { admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" } },
  sensors: [
    { name: "a", target: "nocloud", metrics },
    { name: "b", target: "nocloud", address: "192.0.2.7", metrics },
    { name: "c", target: "nocloud" },
  ],
});
const files = [".sensorbake", "dashboard.json", "rules.yml", "targets.json"];

let cwd = "";
test.before.each(async () => {
  cwd = await mkdtemp(join(tmpdir(), "sensorbake-monitoring-"));
});
test.after.each(() => rm(cwd, { recursive: true }));

const run = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await sensorbake(["monitoring", "-", ...words], { cwd, input: settings });
  return { code, stdout: stdout.toString(), stderr };
};

test("reads standard input, writes the default folder, and names the sensors without an address or metrics", async () => {
  assert.equal(await run(), {
    code: 0,
    stdout: "out/monitoring\n",
    stderr:
      "2 sensors to scrape\nlisted by their names, because they have no address: a\nleft out, because they have no metrics: c\n",
  });
  assert.equal((await readdir(join(cwd, "out/monitoring"))).sort(), files);
  const targets = JSON.parse(await readFile(join(cwd, "out/monitoring/targets.json"), "utf8"));
  assert.equal(
    targets.flatMap(({ targets }: { targets: readonly string[] }) => targets),
    ["a:19100", "192.0.2.7:19100"],
  );
  const json = await run("--format", "json", "--sensor", "b");
  assert.equal(JSON.parse(json.stdout), {
    output: "out/monitoring",
    sensors: ["b"],
    left_out: [],
    diagnostics: [],
  });
});

test("refuses sensors without metrics", async () => {
  const { code, stdout, stderr } = await run("--sensor", "c");
  assert.is(code, 2);
  assert.is(stdout, "");
  assert.match(stderr, "these sensors have no metrics\n");
  assert.equal(await readdir(cwd), []);
});

test("--check compares and writes nothing", async () => {
  const missing = await run("--check");
  assert.is(missing.code, 1);
  assert.is(missing.stdout, files.map((name) => `missing  out/monitoring/${name}\n`).join(""));
  assert.equal(await readdir(cwd), []);
  await run();
  assert.equal(await run("--check"), { code: 0, stdout: "", stderr: "" });
  await writeFile(join(cwd, "out/monitoring/rules.yml"), "groups: []\n");
  const changed = await run("--check");
  assert.is(changed.code, 1);
  assert.is(changed.stdout, "changed  out/monitoring/rules.yml\n");
});

test("replaces a folder that it did not create only with --force", async () => {
  await mkdir(join(cwd, "mine"));
  await writeFile(join(cwd, "mine/file"), "");
  const refused = await run("--output", "mine");
  assert.is(refused.code, 3);
  assert.match(refused.stderr, "mine exists and was not made by sensorbake\n");
  assert.equal(await readdir(join(cwd, "mine")), ["file"]);
  assert.is((await run("--output", "mine", "--force")).code, 0);
  assert.equal((await readdir(join(cwd, "mine"))).sort(), files);
});

test.run();
