import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { actions } from "../../src/ec2/policy.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { bakedSettings, launchSuite, run, settings } from "../support/launch-command.ts";

const test = launchSuite("cli/launched-sensors");

test("launch, status, replace and destroy ask for nothing that the printed policy does not allow", async ({
  fake,
  file,
}) => {
  writeFileSync(file, settings({ ec2: "{region: eu-central-1, elastic_ip: true}" }));
  const printed = await run(fake, ["launch", "--print-policy"]);
  assert.is(printed.code, 0);
  const allowed = new Set(
    JSON.parse(printed.text).Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  assert.is((await run(fake, ["launch", file, "--yes"])).code, 0);
  writeFileSync(file, settings({ ec2: "{region: eu-central-1, instance_type: t3.micro}" }));
  const refused = await run(fake, ["launch", file, "--yes", "--replace"]);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, "the last backups of fra-1, fra-2 have not been collected");
  const replaced = await run(fake, ["launch", file, "--yes", "--replace", "--discard-backups"]);
  assert.is(replaced.code, 0, replaced.stderr);
  assert.is((await run(fake, ["status", file])).code, 3);
  assert.is((await run(fake, ["destroy", file, "--yes", "--discard-backups"])).code, 0);
  const account = fake.account("eu-central-1");
  assert.equal(
    [account.groups.size, account.templates.size, account.addresses.size, account.volumes.size],
    [0, 0, 0, 0],
  );
  const asked = new Set(fake.requests.map(({ action }) => `ec2:${action}`));
  assert.equal(
    [...asked].filter((action) => !allowed.has(action)),
    [],
  );
});

test("every request in the code is one of the policy's, and the other way round", () => {
  const folder = join(packageRoot(), "src/ec2");
  const named = readdirSync(folder).flatMap((name) => [
    ...readFileSync(join(folder, name), "utf8").matchAll(/\bask(?:OfNew)?\(\s*"(\w+)"/g),
  ]);
  const listed = [...actions.read, ...actions.create, ...actions.change].sort();
  assert.equal([...new Set(named.map(([, action]) => action ?? ""))].sort(), listed);
});

test("a sensor with a changed password has drifted, though no tag has a digest of it", async ({
  fake,
  file,
}) => {
  writeFileSync(file, bakedSettings(fake, { password: "one" }));
  await run(fake, ["launch", file, "--yes"]);
  const tags = () =>
    [...fake.account("eu-central-1").instances.values()].map(
      (instance) => instance.tags["sensorbake:user-data"],
    );
  const before = tags();
  writeFileSync(file, bakedSettings(fake, { password: "two" }));
  const { code, stderr, text } = await run(fake, ["launch", file]);
  assert.is(code, 0, stderr);
  assert.match(
    stderr,
    /! fra-1: i-\w+ differs from the settings: a secret in its user-data; --replace recreates it/,
  );
  assert.is(text.match(/ drifted /g)?.length, 2);
  assert.equal(tags(), before);
});

test("--detailed-exitcode distinguishes plans with and without changes", async ({ fake, file }) => {
  const dryRun = async (command: string) => {
    const words = [command, file, "--dry-run", "--detailed-exitcode", "--format", "json"];
    const { code, text, stderr } = await run(fake, words);
    assert.ok(text !== "", stderr);
    return { code, ...JSON.parse(text) };
  };
  writeFileSync(file, bakedSettings(fake));
  assert.equal([(await dryRun("launch")).code, (await dryRun("destroy")).code], [2, 0]);
  await run(fake, ["launch", file, "--yes"]);
  const same = await dryRun("launch");
  assert.equal([same.code, same.changes, same.answers], [0, false, []]);
  writeFileSync(file, bakedSettings(fake, { password: "two" }));
  const drifted = await dryRun("launch");
  assert.equal([drifted.code, drifted.changes], [2, true]);
  assert.equal(drifted.regions[0].sensors[0].does, "drifted");
  assert.equal(drifted.regions[0].sensors[0].drift, ["a secret in its user-data"]);
  assert.match(drifted.regions[0].sensors[0].instance_id, /^i-/);
  const gone = await dryRun("destroy");
  assert.equal([gone.code, gone.changes], [2, true]);
  assert.equal(
    gone.regions[0].instances.map(({ sensor, state }: Record<string, string>) => [sensor, state]),
    [
      ["fra-1", "running"],
      ["fra-2", "running"],
    ],
  );
  assert.is(gone.regions[0].security_groups.length, 1);
  const text = await run(fake, ["destroy", file, "--dry-run"]);
  assert.is(text.code, 0);
  assert.match(text.text, /^eu-central-1:\n {2}- fra-1: i-\w+ \(running\) and its disk\n/);
  assert.match(text.text, /^ {2}- launch template \S+, no longer used$/m);
  const alone = await run(fake, ["launch", file, "--detailed-exitcode"]);
  assert.is(alone.code, 2);
  assert.match(alone.stderr, "--detailed-exitcode requires --dry-run");
});

test("destroy asks for collect, also without transfer", async ({ fake, file }) => {
  await run(fake, ["launch", file, "--yes"]);
  const { code, stderr } = await run(fake, ["destroy", file, "--yes"]);
  assert.is(code, 2);
  assert.match(stderr, "the last backups of fra-1, fra-2 have not been collected");
  assert.match(stderr, `help: fetch them with \`sensorbake collect ${file} --into FOLDER\``);
  const done = await run(fake, ["destroy", file, "--yes", "--discard-backups", "--format", "json"]);
  assert.is(done.code, 0, done.stderr);
  const empty = await run(fake, ["destroy", file, "--yes", "--format", "json"]);
  assert.equal(JSON.parse(empty.text).regions, [{ region: "eu-central-1", gone: [], left: [] }]);
});

test("status tells state, checks, drift, strangers and host keys", async ({ fake, file }) => {
  writeFileSync(file, bakedSettings(fake));
  await run(fake, ["launch", file, "--yes"]);
  const [first] = fake.account("eu-central-1").instances.values();
  if (first !== undefined) first.console = consoleText;
  writeFileSync(file, bakedSettings(fake, { sensors: ["fra-1", "fra-3"], password: "other" }));
  const { code, text, stderr } = await run(fake, ["status", file]);
  assert.is(code, 3, stderr);
  assert.match(stderr, /^ {2}= help: fra-3: create it: sensorbake launch FILE --sensor fra-3$/m);
  const lines = text.split("\n").map((line) => line.replace(/i-\w{17}/, "ID").replace(/ {2,}/g, "  "));
  assert.equal(lines, [
    "SENSOR  HEALTH  REASON",
    "fra-1  no answer  ssh: no sensor answers in this test",
    "fra-3  no answer  it has no instance with a public address in eu-central-1",
    "",
    "2 sensors: 2 no answer",
    "",
    "SENSOR  REGION  INSTANCE  STATE  CHECKS  ADDRESS  LAUNCHED (UTC)  SETTINGS",
    "fra-1  eu-central-1  ID  running  instance initializing  203.0.113.4  2026-11-24 06:00  a secret in its user-data",
    "fra-3  eu-central-1  -  absent  -  -  -  -",
    `fra-2  eu-central-1  ID  running  instance initializing  203.0.113.7  2026-11-24 06:00  not in ${file}`,
    "",
    "SSH host keys from the console output; add these lines to ~/.ssh/known_hosts to pin them:",
    "fra-1  SHA256:BBuCONqXF/JWo8WWFkCP0aDXT0nW4W9/ueesC3jFt8M (ssh-ed25519)",
    "[203.0.113.4]:12222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy",
    "",
  ]);
  const json = JSON.parse((await run(fake, ["status", file, "--format", "json"])).text);
  assert.equal(
    json.sensors.map(({ sensor, address, health }: Record<string, unknown>) => [sensor, address, health]),
    [
      ["fra-1", "203.0.113.4", "no_answer"],
      ["fra-3", null, "no_answer"],
    ],
  );
  assert.equal(json.ec2[0].drift, ["a secret in its user-data"]);
  assert.is(json.ec2[0].host_keys[0].type, "ssh-ed25519");
  assert.equal(json.ec2[2].in_settings, false);
});

test("status asks sensors with a written address although EC2 cannot be read", async ({ fake, file }) => {
  const entries = settings({ sensors: ["fra-1", "lab, target: nocloud, address: 192.0.2.1"] });
  writeFileSync(file, entries);
  const { code, text } = await run(fake, ["status", file, "--format", "json"], {
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    AWS_ENDPOINT_URL_EC2: "http://127.0.0.1:9",
    AWS_MAX_ATTEMPTS: "1",
  });
  assert.is(code, 3);
  const { sensors, failures } = JSON.parse(text);
  assert.match(failures[0], /^eu-central-1: /);
  assert.is(failures.length, 1);
  assert.equal(
    sensors.map(({ sensor, reason }: Record<string, unknown>) => [sensor, reason]),
    [
      ["fra-1", failures[0]],
      ["lab", "ssh: no sensor answers in this test"],
    ],
  );
});

test("a sensor that moved to another region is reported and destroyed in both", async ({ fake, file }) => {
  const entries = (home: string) => settings({ sensors: [`fra-1, ec2: {region: ${home}}`, "fra-2"] });
  writeFileSync(file, entries("us-east-1"));
  await run(fake, ["launch", file, "--yes"]);
  writeFileSync(file, entries("eu-central-1").replace("fra-2}", "fra-2, ec2: {region: us-east-1}}"));
  const { code, stderr } = await run(fake, ["launch", file, "--yes"]);
  assert.is(code, 0, stderr);
  assert.match(
    stderr,
    /! fra-1: i-\w+ is in us-east-1, but the settings name eu-central-1; destroy removes both/,
  );
  assert.match(
    (await run(fake, ["status", file])).text,
    /^fra-1 +us-east-1 .* the settings name eu-central-1$/m,
  );
  assert.is((await run(fake, ["destroy", file, "--yes", "--discard-backups"])).code, 0);
  const left = ["eu-central-1", "us-east-1"].flatMap((region) => [
    ...fake.account(region).instances.values(),
  ]);
  assert.equal(left.map(({ state, tags }) => `${tags.Name} ${state}`).sort(), [
    "fra-1 terminated",
    "fra-1 terminated",
    "fra-2 terminated",
    "fra-2 terminated",
  ]);
});

test("destroy wants the backups collected, and believes the manifest of collect", async ({
  fake,
  file,
  folder,
}) => {
  await run(fake, ["launch", file, "--yes"]);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const line = (sensor: string, date: string) =>
    `${JSON.stringify({ sensor, set: "logs", date: `${date}_03-00-00` })}\n`;
  writeFileSync(
    join(folder, "manifest.jsonl"),
    `${line("fra-1", day(0))}${line("fra-2", day(9))}{"sensor":"fra-`,
  );
  const refused = await run(fake, ["destroy", file, "--yes", "--collected", folder]);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, "the last backups of fra-2 have not been collected");
  assert.is(
    [...fake.account("eu-central-1").instances.values()].filter(({ state }) => state === "running").length,
    2,
  );
  writeFileSync(join(folder, "manifest.jsonl"), line("fra-1", day(0)) + line("fra-2", day(1)));
  const done = await run(fake, ["destroy", file, "--yes", "--collected", folder]);
  assert.is(done.code, 0, done.stderr);
  assert.is(done.text.split("\n").filter((text) => text.startsWith("eu-central-1  gone  ")).length, 4);
  const nowhere = await run(fake, ["destroy", file, "--dry-run"]);
  assert.is(nowhere.text, "there are no resources to remove\n");
});

const consoleText = `-----BEGIN SSH HOST KEY FINGERPRINTS-----
256 SHA256:BBuCONqXF/JWo8WWFkCP0aDXT0nW4W9/ueesC3jFt8M root@fra-1 (ED25519)
-----END SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy root@fra-1
-----END SSH HOST KEY KEYS-----
`;

test.run();
