import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { ed25519Key } from "../support/keys.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("docs/readme");
const readme = readFileSync(join(packageRoot(), "README.md"), "utf8");

// Runs the README's commands, except the two that set up and run these tests.
const typed = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);
// The environment of a reader's shell: without the variables that npm passes to its scripts.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
// With an empty cache npx would prepare the package again, in the middle of the other tests.
const cache = spawnSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).stdout.trim();
// And with a key of the reader's own, which `init` offers.
const home = mkdtempSync(join(tmpdir(), "sensorbake-home-"));
mkdirSync(join(home, ".ssh"));
writeFileSync(join(home, ".ssh/id_ed25519.pub"), ed25519Key);
test.after(() => rmSync(home, { recursive: true }));
const elsewhere = ["npm ci && npm start", "npm test"];

test("the README's first two commands set up and test", () => {
  assert.equal(typed.slice(0, 2), elsewhere);
  assert.match(readFileSync(join(packageRoot(), ".ci/run"), "utf8"), /^npm ci\n(.*\n)*npm test /m);
});

test("npm start compiles the example and explains how to use it", () => {
  // Elsewhere, because `out/` may contain a developer's files.
  const words = ["start", "--", "--output", join(home, "out")];
  const { status, stdout } = spawnSync("npm", words, { cwd: packageRoot(), encoding: "utf8", env });
  assert.is(status, 0);
  assert.match(stdout, /--output out --output /);
  assert.match(stdout, /\/out\/sensor-1\/user-data /);
});

// `init` never overwrites.
rmSync(join(packageRoot(), "demo"), { recursive: true, force: true });

for (const command of typed.filter((line) => !elsewhere.includes(line)))
  test(`README: ${command}`, () => {
    assert.match(command, /^npx sensorbake /);
    const { status, stderr } = spawnSync("bash", ["-c", command], {
      cwd: packageRoot(),
      encoding: "utf8",
      env: { ...env, HOME: home, npm_config_cache: cache },
    });
    assert.is(status, 0, stderr);
  });

test("every command of --help is in the README, with every command of the README in --help", async () => {
  const { stdout } = await sensorbake(["--help"]);
  const inHelp = [...stdout.toString().matchAll(/^ {2}([a-z-]+) .*$/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== "help");
  const inReadme = [...readme.matchAll(/^\| `sensorbake ([a-z-]+)/gm)].map(([, name]) => name);
  assert.equal([...new Set(inReadme)].sort(), [...new Set(inHelp)].sort());
});

test("the package contains the files that the installed command needs", () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-pack-"));
  try {
    const { status, stdout, stderr } = spawnSync(
      "npm",
      ["pack", "--ignore-scripts", "--json", "--pack-destination", folder],
      { cwd: packageRoot(), encoding: "utf8", env },
    );
    assert.is(status, 0, stderr);
    const [pack] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    const paths = pack?.files.map(({ path }) => path) ?? [];
    for (const path of [
      "dist/sensorbake.js",
      "templates/opt/honeypot/first-boot/run",
      "examples/minimal.yaml",
      "LICENSE",
    ])
      assert.ok(paths.includes(path), path);
    assert.not(paths.some((path) => path.startsWith("test/")));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
