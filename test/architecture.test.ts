import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/load/read-release.ts";

// The folders of src/ import downwards only. `docs/architecture.md` has the same list.

const layers: readonly (readonly string[])[] = [
  ["cli.ts", "program.ts", "release.ts"],
  ["cli"],
  ["page"],
  ["trial"],
  ["load"],
  ["backups", "card", "ec2", "emulation", "image", "machines", "notify", "packer", "write"],
  ["explain", "init", "monitoring", "siem"],
  ["artifacts"],
  ["plan"],
  ["settings"],
  ["values"],
  ["diagnostics", "concurrency"],
];

/** Arrows within a layer. */
const siblings = new Set([
  "cli.ts -> program.ts",
  "card -> image",
  "emulation -> image",
  "backups -> machines",
]);

const test = suite("architecture");
const root = join(packageRoot(), "src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
const imports = files.flatMap((from) => {
  const text = readFileSync(join(root, from), "utf8");
  const targets = [...text.matchAll(/(?:from |import\(|^import )"(\.[^"]+\.ts)"/gm)].map(([, to = ""]) => to);
  return targets.map((to) => ({ from, to: normalize(join(dirname(from), to)) }));
});

test("every folder of src/ has a layer", () => {
  const folders = new Set(files.map((path) => path.split("/")[0] ?? ""));
  assert.equal([...folders].sort(), layers.flat().sort());
});

test("folders import only from layers below them", () => {
  const depth = (folder: string) => layers.findIndex((layer) => layer.includes(folder));
  const upward = imports.filter(({ from, to }) => {
    const [a = "", b = ""] = [from, to].map((path) => path.split("/")[0] ?? "");
    return a !== b && depth(a) >= depth(b) && !siblings.has(`${a} -> ${b}`);
  });
  assert.equal(
    upward.map(({ from, to }) => `src/${from} imports src/${to}`),
    [],
  );
});

test("a command imports from its own folder and from cli/shared", () => {
  const folderOf = (path: string) => relative("cli", path).split("/")[0];
  const crossing = imports.filter(
    ({ from, to }) =>
      from.startsWith("cli/") &&
      to.startsWith("cli/") &&
      folderOf(to) !== folderOf(from) &&
      folderOf(to) !== "shared",
  );
  assert.equal(
    crossing.map(({ from, to }) => `src/${from} imports src/${to}`),
    [],
  );
});

// Every command waits for what they import, even `--version`.
test("the command line loads no engine before a command runs", () => {
  const loaded = new Set(["cli.ts"]);
  for (const from of loaded) {
    const text = readFileSync(join(root, from), "utf8");
    for (const [, to = ""] of text.matchAll(/^(?:import|export) (?!type )[^"]*?from "(\.[^"]+\.ts)"/gm))
      loaded.add(normalize(join(dirname(from), to)));
  }
  const allowed = /^(cli\.ts|program\.ts|(cli|values|diagnostics)\/.*)$/;
  assert.ok(loaded.size > 10);
  assert.equal(
    [...loaded].filter((path) => !allowed.test(path)),
    [],
    "import what a command runs with `await import()`, and put data that its options need into src/values/",
  );
});

test.run();
