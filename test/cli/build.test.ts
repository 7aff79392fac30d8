import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listFiles } from "../../src/write/compare.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/build");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-cli-"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const build = (...words: string[]) =>
  sensorbake(["build", "examples/fleet.yaml", "--output", join(folder, "out"), ...words]);

test("answers with the file of each sensor on standard output, and talks on standard error", async () => {
  const { code, stdout, stderr } = await build();
  assert.is(code, 0);
  const lines = stdout.toString().trim().split("\n");
  assert.is(lines.length, 3);
  for (const line of lines) assert.ok(existsSync(line.split("  ")[0] ?? ""), line);
  assert.match(stderr, /describes how to create its machine, for example:\n {2}.*README\.txt/);
});

test("answers a program in JSON", async () => {
  const { stdout } = await build("--format", "json");
  const { sensors } = JSON.parse(stdout.toString()) as {
    sensors: { sensor: string; bytes: number; user_data: string }[];
  };
  assert.equal(
    sensors.map(({ sensor }) => sensor),
    ["fra-vps", "nyc-vps", "lab-vm"],
  );
  for (const { bytes, user_data } of sensors) assert.is(statSync(join(folder, "out", user_data)).size, bytes);
});

test("says how programs and secrets reach each sensor, and which command sends them", async () => {
  const file = join(folder, "sensors.yaml");
  const settings = readFileSync("examples/minimal.yaml", "utf8");
  const name = /name: (\S+)/.exec(settings)?.[1];
  const run = (delivery: string, ...words: string[]) => {
    writeFileSync(file, settings.replace(/^( *)- name: .*$/m, `$&\n$1  delivery: ${delivery}`));
    return sensorbake(["build", file, "--output", join(folder, "out"), ...words]);
  };
  const waits = await run("ssh");
  assert.match(waits.stdout.toString(), /; programs and secrets follow over SSH$/m);
  assert.match(waits.stderr, /opens the admin port and waits/);
  assert.match(
    waits.stderr,
    `${name}: after the machine has started, send programs and secrets over SSH:\n  sensorbake apply ${file}\n`,
  );
  const json = JSON.parse((await run("ssh", "--format", "json")).stdout.toString());
  assert.is(json.sensors[0].delivery, "ssh");
  const whole = await run("auto");
  assert.not.match(whole.stdout.toString() + whole.stderr, /SSH/);
});

test("a second build changes nothing, and --check agrees", async () => {
  await build();
  const before = await snapshot(join(folder, "out"));
  assert.is((await build("--check")).code, 0);
  await build();
  assert.equal(await snapshot(join(folder, "out")), before);
});

test("--check writes nothing and exits 1 when a file was changed, when one is missing, when there is no tree", async () => {
  assert.is((await build("--check")).code, 1);
  assert.equal(readdirSync(folder), []);
  await build();
  writeFileSync(join(folder, "out/fra-vps/meta-data"), "");
  rmSync(join(folder, "out/lab-vm/SHA256SUMS"));
  const { code, stdout } = await build("--check");
  assert.is(code, 1);
  assert.match(stdout.toString(), /changed .*fra-vps\/meta-data\nmissing .*lab-vm\/SHA256SUMS\n/);
});

test("--sensor builds one and leaves the others as they are", async () => {
  await build();
  writeFileSync(join(folder, "out/lab-vm/mine"), "");
  const { code } = await build("--sensor", "fra-vps");
  assert.is(code, 0);
  assert.ok(existsSync(join(folder, "out/lab-vm/mine")));
  assert.is((await build("--sensor", "fra-vps", "--check")).code, 0);
  assert.is((await build("--sensor", "lab-vm", "--check")).code, 1);
});

test("does not touch a folder that it did not make, without --force", async () => {
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "out/thesis.txt"), "years");
  for (const words of [[], ["--sensor", "fra-vps"]]) {
    const { code, stderr } = await build(...words);
    assert.is(code, 3);
    assert.match(stderr, /was not made by sensorbake\n {2}= help: .*--force/);
  }
  assert.equal(readdirSync(join(folder, "out")), ["thesis.txt"]);
  assert.is((await build("--force")).code, 0);
});

test("does not replace a folder with files that it did not build, without --force", async () => {
  await build();
  mkdirSync(join(folder, "out/images"));
  writeFileSync(join(folder, "out/sensors.yaml"), "years");
  const { code, stderr } = await build();
  assert.is(code, 3);
  assert.match(stderr, /files that sensorbake did not build: images, sensors\.yaml\n {2}= help: .*--force/);
  assert.ok(existsSync(join(folder, "out/sensors.yaml")));
  assert.is((await build("--sensor", "fra-vps")).code, 0);
  assert.is((await build("--force")).code, 0);
  assert.not.ok(existsSync(join(folder, "out/sensors.yaml")));
});

test("reports a failure of the disk", async () => {
  writeFileSync(join(folder, "file"), "");
  const { code, stderr } = await sensorbake([
    "build",
    "examples/minimal.yaml",
    "-o",
    join(folder, "file/out"),
  ]);
  assert.is(code, 3);
  assert.match(stderr, /^sensorbake: /m);
  assert.not.match(stderr, /\n\s+at /);
});

test("settings with errors are exit 1, and nothing is written", async () => {
  writeFileSync(join(folder, "bad.yaml"), "version: 1\nsensors: []\n");
  const { code, stdout } = await sensorbake(["build", join(folder, "bad.yaml"), "-o", join(folder, "out")]);
  assert.is(code, 1);
  assert.is(stdout.toString(), "");
  assert.not(existsSync(join(folder, "out")));
});

test("a secret comes from the environment, lands only where it must, and is 0600 there", async () => {
  const canary = "CANARY-7f3a";
  const text = readFileSync("examples/minimal.yaml", "utf8").replace(
    "    admin:",
    "    backup: {format: 7z, password: {env: BACKUP_PASSWORD}}\n    admin:",
  );
  writeFileSync(join(folder, "secret.yaml"), text);
  const words = ["build", join(folder, "secret.yaml"), "-o", join(folder, "out")];
  const { code, stdout, stderr } = await sensorbake(words, { env: { BACKUP_PASSWORD: canary } });
  assert.is(code, 0, stderr);
  assert.not.match(stdout.toString() + stderr, canary);
  const holders = (await listFiles(join(folder, "out"))).filter((path) =>
    readFileSync(join(folder, "out", path)).includes(canary),
  );
  assert.equal(holders, ["sensor-1/user-data"]);
  assert.is(statSync(join(folder, "out/sensor-1/user-data")).mode & 0o777, 0o600);
  const installed = await sensorbake([...words, "--installer"], { env: { BACKUP_PASSWORD: canary } });
  assert.is(installed.code, 0, installed.stderr);
  assert.is(statSync(join(folder, "out/sensor-1/sensor-1.install.sh")).mode & 0o777, 0o600);
  assert.is((await sensorbake(words)).code, 1);
});

test("Ctrl-C leaves the old tree or the new one, and nothing beside it", async () => {
  const names = Array.from(
    { length: 3000 },
    (_, index) => `  - {name: sensor-${index}, target: nocloud}\n`,
  ).join("");
  const [head = ""] = readFileSync("examples/fleet.yaml", "utf8").split("sensors:\n");
  const input = `${head}sensors:\n${names}`;
  const words = ["build", "-", "-o", join(folder, "out")];
  await build();
  const before = await snapshot(join(folder, "out"));
  const { code, stderr } = await sensorbake(words, { interruptReading: { input, afterMs: 700 } });
  assert.is(code, 130, stderr);
  assert.match(stderr, /interrupted/);
  assert.equal(await snapshot(join(folder, "out")), before);
  assert.equal(readdirSync(folder).sort(), ["out"]);
});

test("a folder that cannot be written to is one line and exit 3", async () => {
  // Not even root can create a file there.
  const { code, stdout, stderr } = await build("--output", "/sys/sensorbake");
  assert.is(code, 3);
  assert.is(stdout.toString(), "");
  assert.match(stderr, /^sensorbake: [^\n]+: \/sys\/[^\n]+\n$/m);
});

async function snapshot(root: string): Promise<readonly string[]> {
  const files = [...(await listFiles(root))].sort();
  return files.map(
    (path) =>
      `${path} ${statSync(join(root, path)).mode} ${readFileSync(join(root, path)).toString("base64")}`,
  );
}

test("several --sensor replace the folders of these sensors only", async () => {
  await build();
  const out = join(folder, "out");
  for (const name of ["fra-vps", "nyc-vps", "lab-vm"]) writeFileSync(join(out, name, "stale"), "");
  const { code, stdout } = await build("--sensor", "fra-vps", "--sensor", "lab-vm");
  assert.is(code, 0);
  assert.is(stdout.toString().trim().split("\n").length, 2);
  assert.equal(
    ["fra-vps", "nyc-vps", "lab-vm"].filter((name) => existsSync(join(out, name, "stale"))),
    ["nyc-vps"],
  );
  assert.is((await build("--check", "--sensor", "fra-vps", "--sensor", "lab-vm")).code, 0);
  const stale = await build("--check", "--sensor", "fra-vps", "--sensor", "nyc-vps");
  assert.is(stale.code, 1);
  assert.match(stale.stdout.toString(), /^stale {4}.*nyc-vps\/stale\n$/);
});

test("reports a folder that it removes because the settings no longer have its sensor", async () => {
  await build();
  const text = readFileSync("examples/fleet.yaml", "utf8");
  const file = join(folder, "smaller.yaml");
  writeFileSync(file, text.replace("name: nyc-vps", "name: sfo-vps"));
  const words = ["build", file, "--output", join(folder, "out")];
  const { code, stderr } = await sensorbake(words);
  assert.is(code, 0, stderr);
  assert.match(stderr, /Removed from .*out because it is no sensor of the settings: nyc-vps\n/);
  assert.not.match((await sensorbake(words)).stderr, /Removed/);
});

test.run();
