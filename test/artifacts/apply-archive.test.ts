import { readdirSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { filesOnDisk, settingNames } from "../../src/artifacts/apply-archive.ts";
import { derivedVariables, environment } from "../../src/artifacts/environment.ts";
import { loadSettings } from "../../src/load/load.ts";
import { oneFileWorld } from "../../src/load/one-file-world.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { secretsOf } from "../../src/plan/secrets.ts";

const test = suite("artifacts/apply-archive");

/** Their changes show with the variables, or are of sensorbake itself. */
const unnamedFiles = [
  "/etc/default/honeypot",
  "/etc/filebeat/filebeat.yml",
  "/etc/honeypot/build.json",
  "/etc/ssh/sshd_config.d/10-honeypot.conf",
  "/etc/systemd/system/prometheus-node-exporter.service.d/networks.conf",
];

const named = settingNames.map(([source]) => source);

test("every variable of every example is a setting's or derived from others, and none is both", async () => {
  const variables = new Set((await plans()).flatMap((plan) => environment(plan).map(([name]) => name)));
  const known = [...named.filter((source) => !source.startsWith("/")), ...derivedVariables];
  assert.equal(
    [...variables].filter((name) => !known.includes(name)),
    [],
    "add the variable to `variableNames` or `derivedVariables` in src/artifacts/environment.ts",
  );
  assert.is(new Set(known).size, known.length);
  // A variable that no sensor has is a mistyped one.
  assert.equal(
    known.filter((name) => !variables.has(name)),
    [],
  );
});

test("every generated file of every example is a setting's, or deliberately not", async () => {
  const release = await readRelease();
  const programs = new Set(release.templates.map(({ path }) => path));
  const generated = new Set(
    (await plans()).flatMap((plan) => {
      const secrets = new Map(secretsOf(plan).map(({ name }) => [name, "x"]));
      return filesOnDisk(plan, secrets, release)
        .map(({ path }) => path)
        .filter((path) => !programs.has(path));
    }),
  );
  const known = [...named.filter((source) => source.startsWith("/")), ...unnamedFiles];
  assert.equal(
    [...generated].filter((path) => !known.includes(path)),
    [],
    "add the file to `settingNames` in src/artifacts/apply-archive.ts, or to `unnamedFiles` of this test",
  );
  assert.equal(
    unnamedFiles.filter((path) => !generated.has(path)),
    [],
  );
});

test("a secret's file is never compared in the open", () => {
  for (const [source, , unit] of settingNames)
    if (source.startsWith("/etc/honeypot/secrets/")) assert.is(unit, "secret", source);
});

async function plans(): Promise<readonly Plan[]> {
  const found: Plan[] = [];
  for (const file of readdirSync("examples").filter((name) => name.endsWith(".yaml"))) {
    const path = `examples/${file}`;
    const inMemory = oneFileWorld(readFileSync(path, "utf8"));
    const world = {
      ...inMemory,
      readFile: async (name: string) =>
        name.endsWith(".csv") ? readFileSync(name) : inMemory.readFile(name),
    };
    const { sensors } = await loadSettings(path, world, { readSecrets: false });
    assert.ok(sensors.length > 0, file);
    found.push(...sensors.map(({ plan }) => plan));
  }
  return found;
}

test.run();
