import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/check");
let folder: string;
let settings: string;
let env: Readonly<Record<string, string>>;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-check-"));
  settings = join(folder, "sensors.yaml");
  writeFileSync(
    settings,
    `version: 1
defaults:
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1toxLjGDb51MTryEBuzIvVuxyicWCFgGHG+aJF1IJM test]
    allow_from: anywhere
  capture: {filter: port fourty}
sensors: [{name: a, target: nocloud}, {name: b, target: nocloud}]
`,
  );
  const tcpdump = join(folder, "tcpdump");
  writeFileSync(
    tcpdump,
    `#!/bin/sh\necho asked >> ${folder}/asked\necho "tcpdump: no such port" >&2\nexit 1\n`,
  );
  chmodSync(tcpdump, 0o755);
  env = { PATH: `${folder}:${process.env.PATH}` };
});
test.before.each(() => rmSync(join(folder, "asked"), { force: true }));
test.after(() => rmSync(folder, { recursive: true, force: true }));

for (const [name, sensors, want] of [
  ["of one sensor", "[{name: a, target: nocloud}]", "-: 1 warning"],
  ["of several sensors", '[{name: "a-[1-3]", target: nocloud}]', "-: 3 sensors, 1 warning"],
  ["of errors", "[{name: a, target: nocloud, os: dos}]", "-: 1 error"],
] as const)
  test(`ends with a total ${name}`, async () => {
    const input = readFileSync(settings, "utf8")
      .replace(/^sensors:.*/m, `sensors: ${sensors}`)
      .replace("allow_from: anywhere", "allow_from: [198.51.100.0/24]")
      .replace("port fourty", "port 40");
    const { stderr } = await sensorbake(["check", "-"], { cwd: folder, input });
    assert.is(stderr, `${want}\n`);
  });

test("reads a CSV file beside the settings, and below the current directory for standard input", async () => {
  const text = readFileSync(settings, "utf8")
    .replace(/^sensors:.*/m, "sensors_from: class.csv")
    .replace("port fourty", "port 40");
  writeFileSync(join(folder, "class.yaml"), text);
  writeFileSync(join(folder, "class.csv"), "name,target,admin.ssh_port\npi-[1-2],nocloud,\nhub,nocloud,0\n");
  const named = await sensorbake(["check", join(folder, "class.yaml")]);
  assert.is(named.code, 1);
  assert.match(named.stdout.toString(), `${join(folder, "class.csv")}:3:13: error: 0 is not a whole number`);
  const piped = await sensorbake(["check", "-"], { cwd: folder, input: text });
  assert.is(
    piped.stdout.toString().split("\n")[0],
    "class.csv:3:13: error: 0 is not a whole number from 1 to 65535 [settings/invalid-value]",
  );
  const one = await sensorbake(["check", "-", "--sensor", "pi-2"], { cwd: folder, input: text });
  assert.is(one.code, 0, one.stdout.toString());
  const json = await sensorbake(["check", "class.yaml", "--format", "json"], { cwd: folder });
  const [problem] = JSON.parse(json.stdout.toString()) as { file: string; line: number; setting: string }[];
  assert.equal(
    [problem?.file, problem?.line, problem?.setting],
    ["class.csv", 3, "sensors_from[1].admin.ssh_port"],
  );
});

test("the answer does not depend on the tools of the machine", async () => {
  const { code, stderr } = await sensorbake(["check", settings], { env });
  assert.is(code, 0, stderr);
  assert.not.ok(existsSync(join(folder, "asked")));
});

test("--filters compiles each capture filter once with the machine's tcpdump", async () => {
  const { code, stdout } = await sensorbake(["check", settings, "--filters"], { env });
  assert.is(code, 1);
  assert.match(
    stdout.toString(),
    /6:21: error: tcpdump refuses this filter: no such port \[capture\/filter\]/,
  );
  assert.is(readFileSync(join(folder, "asked"), "utf8"), "asked\n");
});

test("build refuses a filter that tcpdump refuses, and writes nothing", async () => {
  const output = join(folder, "out");
  const { code, stderr } = await sensorbake(["build", settings, "--output", output], { env });
  assert.is(code, 1);
  assert.match(stderr, /tcpdump refuses this filter/);
  assert.not.ok(existsSync(output));
});

test.run();
