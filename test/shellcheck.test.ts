import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/load/read-release.ts";
import { listFiles } from "../src/write/compare.ts";
import { needs } from "./support/needs.ts";
import { execute } from "./support/scratch-root.ts";

// Every shell script of the project: the sensor's, Packer's, CI's, and those that stand in for others in tests.

const test = suite("shellcheck");
const folders = [".ci", "observe", "packer", "templates", "test"];

const scripts: string[] = [];
for (const folder of folders)
  for (const path of await listFiles(join(packageRoot(), folder))) {
    const script = join(folder, path);
    if (/^#!.*\b(ba|da)?sh$/m.test(firstLine(script))) scripts.push(script);
  }

test("there are programs to read, of each kind", () => {
  for (const folder of folders)
    assert.ok(
      scripts.some((path) => path.startsWith(`${folder}/`)),
      folder,
    );
  assert.ok(scripts.length > 50);
});

for (const path of scripts)
  needs("shellcheck")(test, `${path} has nothing that shellcheck complains about`, async () => {
    const { code, stdout } = await execute("shellcheck", [join(packageRoot(), path)]);
    assert.is(stdout, "");
    assert.is(code, 0);
  });

needs("dpkg-query")(test, "no function of the sensor's or Packer's scripts hides a command", async () => {
  const packages =
    "apt coreutils curl dpkg findutils git grep gzip iproute2 nftables openssl passwd procps sed sudo systemd tar util-linux";
  const { stdout } = await execute("dpkg-query", ["--listfiles", ...packages.split(" ")]);
  const commands = new Set([...stdout.matchAll(/\/s?bin\/([^/\n]+)$/gm)].map(([, name]) => name));
  assert.ok(commands.has("install"));
  for (const path of scripts.filter((script) => /^(packer|templates)\//.test(script)))
    for (const [, name] of readFileSync(join(packageRoot(), path), "utf8").matchAll(
      /^\s*([\w-]+)\(\) [{(]/gm,
    ))
      assert.not.ok(commands.has(name), `${path}: ${name}`);
});

test.run();

function firstLine(path: string): string {
  return readFileSync(join(packageRoot(), path), "utf8").split("\n", 1)[0] ?? "";
}
