import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/image");
const withTools = needs("7zz");

let folder = "";
let settings = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-image-"));
  settings = join(folder, "sensors.yaml");
  writeFileSync(
    settings,
    `version: 1
defaults:
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1toxLjGDb51MTryEBuzIvVuxyicWCFgGHG+aJF1IJM example]
    allow_from: [9.9.9.0/24]
sensors:
  - {name: lab-a, target: nocloud}
  - {name: lab-b, target: nocloud}
  - {name: fra-vps, target: hetzner}
`,
  );
});
test.after(() => rmSync(folder, { recursive: true }));

const image = (...words: string[]) => sensorbake(["image", ...words], { cwd: folder });

const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no base", ["-o", "x.img"], /the base image is missing/],
  ["no output", ["base.img"], /the output path is missing/],
  [
    "--seed without settings",
    ["--seed", "-o", "x"],
    /--seed takes only the settings file\n.*image --seed FILE/,
  ],
  [
    "--seed with --settings",
    ["--seed", "base.img", "--settings", "sensors.yaml", "-o", "x"],
    /--seed takes only the settings file/,
  ],
  [
    "--all and --sensor",
    ["base.img", "-o", "x", "--all", "--sensor", "lab-a"],
    /--all and --sensor cannot be combined/,
  ],
  [
    "--in-place with an output",
    ["base.img", "--in-place", "-o", "x"],
    /--in-place changes the base for one sensor/,
  ],
  ["--compress without --all", ["base.img", "-o", "x.img", "--compress", "xz"], /--compress requires --all/],
  ["an output of an unknown kind", ["base.img", "-o", "x.zip"], /must end in .img, .img.gz or .img.xz/],
  [
    "an unknown packing",
    ["base.img", "-o", "x", "--all", "--compress", "rar"],
    /--compress must be gz or xz/,
  ],
  ["settings without a Pi", ["base.img", "-o", "x.img"], /no sensor with target: pi/],
  [
    "a sensor of another target",
    ["base.img", "-o", "x.img", "--sensor", "lab-a"],
    /lab-a: another target than pi/,
  ],
  [
    "several seeds without saying which",
    ["--seed", "sensors.yaml", "-o", "x"],
    /has 2 sensors .*nocloud\n.*--sensor \(lab-a, lab-b\), or --all/,
  ],
];
for (const [name, words, want] of mistakes)
  test(`calls it wrong usage: ${name}`, async () => {
    const { code, stderr } = await image(...words);
    assert.is(code, 2, stderr);
    assert.match(stderr, want);
    assert.equal(readdirSync(folder), ["sensors.yaml"]);
  });

withTools(test, "writes a seed volume with the files of build, readable only by its owner", async () => {
  const output = join(folder, "seeds/a.img");
  const { code, stdout, stderr } = await image("--seed", "sensors.yaml", "--sensor", "lab-a", "-o", output);
  assert.is(code, 0, stderr);
  assert.match(stdout.toString(), /seeds\/a\.img {2}\d+ kB\n$/);
  assert.match(stderr, /cloud-init finds it by its label/);
  assert.is(statSync(output).mode & 0o777, 0o600);
  await sensorbake(["build", settings, "-o", join(folder, "out")]);
  for (const file of ["user-data", "meta-data"]) {
    const found = execFileSync("7zz", ["e", "-so", output, file]);
    assert.is(Buffer.compare(found, readFileSync(join(folder, "out/lab-a", file))), 0);
  }
  const again = await image("--seed", "sensors.yaml", "--sensor", "lab-a", "-o", output);
  assert.is(again.code, 2);
  assert.match(again.stderr, /a\.img exists/);
  const before = readFileSync(output);
  assert.is((await image("--seed", "sensors.yaml", "--sensor", "lab-a", "-o", output, "--force")).code, 0);
  assert.is(Buffer.compare(readFileSync(output), before), 0);
});

test("writes a seed volume for each sensor of target nocloud, and answers a program in JSON", async () => {
  const { code, stdout } = await image(
    "--seed",
    "sensors.yaml",
    "--all",
    "-o",
    join(folder, "all"),
    "--format",
    "json",
  );
  assert.is(code, 0);
  const { seeds } = JSON.parse(stdout.toString()) as { seeds: readonly { sensor: string; path: string }[] };
  assert.equal(
    seeds.map(({ sensor }) => sensor),
    ["lab-a", "lab-b"],
  );
  assert.equal(readdirSync(join(folder, "all")), ["lab-a.seed.img", "lab-b.seed.img"]);
});

test.run();
