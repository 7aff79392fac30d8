import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { execute, type Outcome } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The package of `npm pack`, unpacked elsewhere, with only the packages that npm would install for a user.

const test = suite("cli/package");
let folder: string;
let run: (...words: string[]) => Promise<Outcome>;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-package-"));
  const npm = async (...words: string[]) => {
    const { code, stdout, stderr } = await execute("npm", ["--prefix", packageRoot(), ...words]);
    assert.is(code, 0, stderr);
    return stdout;
  };
  // Without scripts, because the other tests use the same build.
  const packed = await npm("pack", packageRoot(), "--ignore-scripts", "--json", "--pack-destination", folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  assert.is((await execute("tar", ["-xf", join(folder, filename), "-C", folder])).code, 0);
  const installed = (await npm("ls", "--omit=dev", "--all", "--parseable")).trim().split("\n").slice(1);
  for (const path of installed) {
    const place = join(folder, "package", path.slice(packageRoot().length));
    // A nested package is copied with its parent.
    if (path.lastIndexOf("/node_modules/") > packageRoot().length) continue;
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(path, place);
  }
  // In its folder, because the command writes a workflow into the current folder.
  run = (...words) =>
    execute("env", ["-C", folder, process.execPath, join(folder, "package/dist/sensorbake.js"), ...words], {
      PATH: process.env.PATH,
      HOME: folder,
    });
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("compiles an example to the same bytes as here", async () => {
  const { code, stderr } = await run("build", "package/examples/minimal.yaml", "-o", "out");
  assert.is(code, 0, stderr);
  const here = join(folder, "here");
  const built = await sensorbake(["build", "examples/minimal.yaml", "--output", here]);
  assert.is(built.code, 0, built.stderr);
  for (const file of ["user-data", "meta-data", "README.txt"])
    assert.ok(
      readFileSync(join(folder, "out/sensor-1", file)).equals(readFileSync(join(here, "sensor-1", file))),
      file,
    );
});

const commands: readonly (readonly [words: string, code: number, says: RegExp])[] = [
  ["packer EXAMPLE --ci github --output image", 0, /sensor-image\.yml/],
  ["image --seed EXAMPLE --sensor sensor-1 -o seed.img", 0, /seed\.img/],
  ["explain EXAMPLE --html page.html", 0, /page\.html/],
  ["page", 0, /sensorbake\.html/],
  ["launch --print-policy", 0, /ec2:RunInstances/],
  ["schema", 0, /json-schema/],
  ["known-host 127.0.0.1:1", 3, /127\.0\.0\.1/],
];
for (const [words, expected, says] of commands)
  test(`has all that \`${words}\` needs`, async () => {
    const { code, stdout, stderr } = await run(
      ...words.replace("EXAMPLE", "package/examples/minimal.yaml").split(" "),
    );
    assert.is(code, expected, stderr);
    assert.match(stdout + stderr, says);
  });

// As `npm link` does, which installs no manual page unless package.json has a list of them.
test("an installation of this folder has the command and its manual page", async () => {
  const prefix = join(folder, "global");
  const words = ["--global", "--prefix", prefix, "--ignore-scripts", "--offline", "--no-audit", "--no-fund"];
  const { code, stderr } = await execute("npm", ["install", ...words, packageRoot()]);
  assert.is(code, 0, stderr);
  for (const path of ["bin/sensorbake", "share/man/man1/sensorbake.1"])
    assert.ok(existsSync(join(prefix, path)), path);
});

test("contains the licences of bundled packages, and no unneeded files", () => {
  const licences = readFileSync(join(folder, "package/dist/LICENCES.txt"), "utf8");
  for (const name of ["commander", "zod", "yaml", "mustache", "ajv"])
    assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+`, "m"));
  assert.equal(readdirSync(join(folder, "package")).sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cloud-init",
    "dist",
    "docs",
    "examples",
    "man",
    "node_modules",
    "observe",
    "package.json",
    "packer",
    "templates",
    "tofu",
  ]);
});

test.run();
