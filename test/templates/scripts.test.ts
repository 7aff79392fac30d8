import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { variableNames } from "../../src/artifacts/environment.ts";
import { packageRoot } from "../../src/load/read-release.ts";

// The steps of CONTRIBUTING's recipe for a script that no other test checks.

const test = suite("templates/scripts");
const templates = join(packageRoot(), "templates");
const folders = ["opt/honeypot/scripts", "opt/honeypot/first-boot", "usr/local/lib/honeypot/status"];
const scripts = folders.flatMap((folder) =>
  readdirSync(join(templates, folder))
    .filter((name) => name.endsWith(".sh"))
    .map((name) => `${folder}/${name}`),
);
const tests = readdirSync(join(packageRoot(), "test"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(join(packageRoot(), "test", path), "utf8"));

test("every script has a second line that describes it", () => {
  assert.ok(scripts.length > 30);
  for (const script of scripts.filter((path) => !path.includes("/status/"))) {
    const [, second = ""] = readFileSync(join(templates, script), "utf8").split("\n");
    assert.match(
      second,
      /^# [A-Z]/,
      `templates/${script}: line 2 must be a comment that describes the script`,
    );
  }
});

// A script that another script starts is tested with it, and every boot runs the steps of the first boot.
test("every script is named in a test", () => {
  const texts = scripts.map(commandsOf);
  for (const [index, script] of scripts.entries()) {
    const name = basename(script);
    if (script.includes("/first-boot/")) continue;
    const others = texts.filter((_, other) => other !== index);
    assert.ok(
      [...tests, ...others].some((text) => text.includes(name)),
      `no test runs templates/${script}: write test/templates/${name.replace(/\.sh$/, ".test.ts")}`,
    );
  }
});

test("every program that cron or a unit starts exists", () => {
  const units = "etc/systemd/system";
  const files = [
    "etc/cron.d/honeypot.mustache",
    ...readdirSync(join(templates, units))
      .filter((name) => name.endsWith(".service"))
      .map((name) => `${units}/${name}`),
  ];
  const started = files.flatMap((file) =>
    (readFileSync(join(templates, file), "utf8").match(/\/opt\/honeypot\/\S+/g) ?? []).map((program) => ({
      file,
      program,
    })),
  );
  assert.ok(started.length > 10);
  for (const { file, program } of started)
    assert.ok(
      existsSync(join(templates, program)),
      `templates/${file} starts ${program}, which is not in templates/: correct the path, or write the script`,
    );
});

test("every task whose last result honeypot-status checks is recorded", () => {
  const recorded = new Set(
    scripts.flatMap((script) =>
      [...commandsOf(script).matchAll(/\brecord(?:_end)? ([a-z-]+)/g)].map(([, task = ""]) => task),
    ),
  );
  for (const script of ["usr/local/bin/honeypot-status", ...scripts])
    for (const [, task = ""] of commandsOf(script).matchAll(/\bcheck_task ([a-z-]+)/g))
      assert.ok(
        recorded.has(task),
        `templates/${script} checks the task ${task}, which no script records: correct the name, or add \`trap 'record_end ${task}' EXIT\` to the script`,
      );
});

const units = readdirSync(join(templates, "etc/systemd/system"), { recursive: true, encoding: "utf8" });
const timers = units.filter((name) => name.endsWith(".timer"));

test("every timer has its service", () => {
  for (const timer of timers) {
    const service = timer.replace(".timer", ".service");
    assert.ok(
      units.includes(service),
      `${timer} starts ${service}: write templates/etc/systemd/system/${service}`,
    );
  }
});

test("every timer is enabled by a step of the first boot, or started with another unit", () => {
  const starters = [
    ...scripts.filter((path) => path.includes("/first-boot/")),
    ...units.filter((name) => name.endsWith(".conf")).map((name) => `etc/systemd/system/${name}`),
  ].map((path) => readFileSync(join(templates, path), "utf8"));
  for (const timer of timers) {
    const name = timer.slice("honeypot-".length, -".timer".length);
    // Alone, or in a list of bash's braces.
    const named = new RegExp(`honeypot-(${name}|\\{([^}]*,)?${name}(,[^}]*)?\\})\\.timer`);
    assert.ok(
      starters.some((text) => named.test(text)),
      `no step enables ${timer}: add it to \`timers\` in templates/opt/honeypot/first-boot/60-services.sh, or, if only some sensors have it, to a step that only they have (as 65-rescue.sh)`,
    );
  }
});

test("apply restarts each unit that reads a changed setting only at its start", () => {
  const plan = "var/lib/honeypot/apply/plan.sh";
  const rules = [...commandsOf(plan).matchAll(/if differs '?([^';]+)'?; then add_restart (\S+);/g)];
  const changed = new Set(variableNames.map(([name]) => name));
  const pairs = units
    .filter((unit) => unit.endsWith(".service"))
    .flatMap((unit) =>
      [...commandsOf(`etc/systemd/system/${unit}`).matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = ""]) => ({
        unit,
        name,
      })),
    )
    .filter(({ name }) => changed.has(name));
  assert.ok(pairs.length > 3);
  for (const { unit, name } of pairs)
    assert.ok(
      rules.some(([, pattern = "", restarted]) => restarted === unit && matches(name, pattern)),
      `${unit} reads ${name}, but apply does not restart it: add ${name} to choose_units in templates/${plan}`,
    );
});

// As a pattern of bash.
function matches(name: string, pattern: string): boolean {
  const words = ["-O", "extglob", "-c", '[[ "$1" == $2 ]]', "bash", name, pattern];
  return spawnSync("bash", words).status === 0;
}

// Without comments, which may name other scripts.
function commandsOf(script: string): string {
  return readFileSync(join(templates, script), "utf8").replace(/^\s*#.*$/gm, "");
}

test.run();
