import { existsSync, rmSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { readableConfig } from "../../src/artifacts/cloud-config.ts";
import { environment } from "../../src/artifacts/environment.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { splitStatic } from "../../src/artifacts/seed.ts";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";
import { loadSettings, type SensorPlan } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { settingsReference } from "../../src/settings/reference.ts";
import { ageRecipient, ed25519Key } from "../support/keys.ts";
import { nasty } from "../support/nasty.ts";
import { needs } from "../support/needs.ts";
import { filesByPython, hex, readAllByShell } from "../support/readers.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// Every setting is filled with text that is special to shells, YAML, Mustache, systemd and cron: it is refused, or it
// arrives on the other side unchanged and unexecuted.

const test = suite("injection");
const { templates } = await readRelease();
const build = { sensor: "x", target: "nocloud", sensorbake: "0", settings_digest: "0" };
const trace = "/tmp/sensorbake-injected";

type Settings = { readonly [key: string]: unknown };
const admin = { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] };
const bases: readonly Settings[] = [
  { name: "a", target: "nocloud", admin },
  { name: "a", target: "nocloud", admin, backup: { format: "tar.zst", encrypt_to: [ageRecipient] } },
];

for (const { path } of settingsReference())
  needs("bash", "dash", "python3")(test, `through ${path}`, async () => {
    rmSync(trace, { force: true });
    const sensors: SensorPlan[] = [];
    for (const base of path.startsWith("backup.") ? bases : bases.slice(0, 1))
      for (const value of forms(path))
        sensors.push(...(await accepted(overlay(base, path.split("."), value))));
    arrive(sensors);
    assert.not(existsSync(trace), "a command of a setting was run");
  });

test("a password may contain any typeable character, and arrives unchanged", async () => {
  const sensors = await Promise.all(
    nasty.map((text) => accepted({ ...bases[0], backup: { password: text } })),
  );
  assert.ok(sensors.flat().length > 30);
});

// The text alone, in a list, after a valid character, and as the comment of a key.
function forms(path: string): readonly unknown[] {
  if (path === "admin.ssh_keys") return nasty.map((text) => [`${ed25519Key} ${text}`]);
  return nasty.flatMap((text) => [text, [text], `a${text}`, { file: text }, { env: text }]);
}

async function accepted(sensor: Settings): Promise<readonly SensorPlan[]> {
  const outside = virtualWorld({ "s.yaml": JSON.stringify({ version: 1, sensors: [sensor] }) });
  return (await loadSettings("s.yaml", outside, { readSecrets: true })).sensors;
}

function arrive(sensors: readonly SensorPlan[]): void {
  const environments: string[] = [];
  const configs: string[] = [];
  const wanted: unknown[] = [];
  for (const [index, { plan, secrets }] of sensors.entries()) {
    const all = payload(plan, secrets, templates, build);
    // No setting changes a static file: once for each path is enough.
    const files = index === 0 ? all : splitStatic(all, templates).own;
    const find = (path: string): string => String(files.find((file) => file.path === path)?.content);
    environments.push(find("/etc/default/honeypot"));
    assert.is(find("/etc/honeypot/authorized_keys"), plan.admin.sshKeys.map((line) => `${line}\n`).join(""));
    const password = secrets.get("backup.password");
    if (password !== undefined) assert.is(find("/etc/honeypot/secrets/backup_password"), `${password}\n`);
    assert.match(
      find("/etc/cron.d/honeypot"),
      `${plan.backup.schedule} root /opt/honeypot/scripts/backup.sh`,
    );
    configs.push(stringifyYaml(readableConfig(plan, files)));
    wanted.push(Object.fromEntries(files.map((file) => [file.path, [file.mode, hex(bytesOf(file))]])));
  }
  for (const shell of ["bash", "dash"])
    assert.equal(
      readAllByShell(shell, environments),
      sensors.map(({ plan }) => Object.fromEntries(environment(plan))),
    );
  assert.equal(filesByPython(configs), wanted);
}

function overlay(settings: Settings, [key = "", ...rest]: readonly string[], value: unknown): Settings {
  const below = (settings[key] ?? {}) as Settings;
  return { ...settings, [key]: rest.length === 0 ? value : overlay(below, rest, value) };
}

test.run();
