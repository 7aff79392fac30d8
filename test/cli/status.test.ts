import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { settingsDigest } from "../../src/artifacts/digest.ts";
import { loadSettings } from "../../src/load/load.ts";
import { oneFileWorld } from "../../src/load/one-file-world.ts";
import {
  type AnsweringSensor,
  type AnsweringSensors,
  settingsHead,
  startAnsweringSensors,
} from "../support/answering-sensors.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { typeTo } from "../support/typist.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const hour = 3600;

type Change = { readonly facts?: object; readonly checks?: readonly object[]; readonly healthy?: boolean };

/** The answer of a sensor that is healthy but for the change. */
function answer(sensor: string, { facts = {}, checks = [], healthy = true }: Change = {}): string {
  const check = (name: string, age?: number) => ({
    name,
    status: "good",
    message: "ok",
    next: "",
    ...(age !== undefined && { age }),
  });
  return JSON.stringify({
    schema: 1,
    sensor,
    healthy,
    facts: {
      version,
      days: 40,
      disk_percent: 41,
      capture_bytes_per_day: 180_000_000,
      downloads: 12,
      files_changed: 0,
      ...facts,
    },
    checks: [check("backup", 3 * hour), check("transfer", 2 * hour), check("last report", 600), ...checks],
  });
}

const prints = (name: string, change?: Change): AnsweringSensor => ({
  name,
  behaves: { kind: "prints", text: answer(name, change) },
});
const runs = (name: string, command: string): AnsweringSensor => ({
  name,
  behaves: { kind: "runs", command },
});
const failed = {
  name: "backup of srv",
  status: "bad",
  message: "failed 5 hours ago: no space",
  next: "df",
  age: 5 * hour,
};

const fleet: readonly AnsweringSensor[] = [
  // Those that take long first: they must not keep the others waiting.
  { name: "hangs-1", behaves: { kind: "hangs" } },
  { name: "hangs-2", behaves: { kind: "hangs" } },
  runs("sleeps-1", "exec sleep 600"),
  runs("sleeps-2", "exec sleep 600"),
  { name: "babbles", behaves: { kind: "babbles" } },
  runs("endless", "exec cat /dev/zero"),
  runs("loud", "printf '\\033[31mno\\033[0m\\n' >&2; exit 1"),
  runs("without", "echo 'sudo: /usr/local/bin/honeypot-status: command not found' >&2; exit 1"),
  runs("broken", "echo '{\"schema\":1,'"),
  { name: "deep", behaves: { kind: "prints", text: "[".repeat(200_000) } },
  {
    name: "escapes",
    behaves: { kind: "prints", text: answer("escapes", { checks: [{ ...failed, message: "\u001b[2J" }] }) },
  },
  { name: "typed", behaves: { kind: "prints", text: answer("typed", { facts: { disk_percent: "41" } }) } },
  { name: "other-name", behaves: { kind: "prints", text: answer("someone-else") } },
  { name: "dead-1", behaves: { kind: "refuses" } },
  { name: "dead-2", behaves: { kind: "refuses" } },
  { name: "dead-3", behaves: { kind: "refuses" } },
  { ...prints("changed-1"), hostKey: "changed" },
  { ...prints("changed-2"), hostKey: "changed" },
  { ...prints("unknown-key"), hostKey: "unknown" },
  { ...prints("no-address"), settings: "target: nocloud" },
  prints("unhealthy", { healthy: false, checks: [{ ...failed, status: "note" }, failed] }),
  prints("quiet", { facts: { downloads: 0, capture_bytes_per_day: 1000 } }),
  prints("edited", { facts: { files_changed: 2, settings_digest: "0".repeat(32) } }),
  prints("older", { facts: { version: "0.0.9", settings_digest: "0".repeat(32) } }),
  ...[1, 2, 3, 4, 5, 6].map((index) => prints(`well-${index}`)),
];

const test = suite<{ folder: string; sensors: AnsweringSensors }>("cli/status");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "sensorbake-status-"));
});
test.after.each(async ({ folder, sensors }) => {
  await sensors?.remove();
  rmSync(folder, { recursive: true });
});

/** Starts the sensors and runs `status` with their file. */
async function run(
  context: { folder: string; sensors: AnsweringSensors },
  sensors: readonly AnsweringSensor[],
  ...words: readonly string[]
) {
  context.sensors = await startAnsweringSensors(context.folder, sensors);
  return again(context, ...words);
}

async function again({ sensors }: { sensors: AnsweringSensors }, ...words: readonly string[]) {
  const { code, stdout, stderr } = await sensorbake(["status", sensors.file, ...words], {
    env: { PATH: sensors.path },
  });
  return { code, text: stdout.toString(), stderr };
}

test("asks thirty sensors, of which many are dead, slow, hostile or changed, within a bounded time", async (context) => {
  assert.is(fleet.length, 30);
  const page = join(context.folder, "page.html");
  const started = Date.now();
  const { code, text, stderr } = await run(
    context,
    fleet,
    "--timeout",
    "15",
    "--format",
    "json",
    "--html",
    page,
  );
  assert.ok(Date.now() - started < 90_000, `${Date.now() - started} ms`);
  assert.is(code, 3, stderr);
  assert.not.match(stderr, "Warning");
  const { sensors, differences } = JSON.parse(text);
  const found = new Map<string, Record<string, unknown>>(
    sensors.map((one: { sensor: string }) => [one.sensor, one]),
  );
  const silent: readonly (readonly [name: string, reason: RegExp, next: RegExp])[] = [
    ["hangs-1", /timed out/, /^try it by hand: ssh -p \d+ analyst@127\.0\.0\.1$/],
    ["hangs-2", /timed out/, /^try it by hand/],
    ["sleeps-1", /^127\.0\.0\.1 did not finish within 15 s$/, /^try it by hand/],
    ["sleeps-2", /^127\.0\.0\.1 did not finish within 15 s$/, /^try it by hand/],
    ["babbles", /./, /^try it by hand/],
    ["endless", /^127\.0\.0\.1 sent more than 262144 bytes$/, /^$/],
    ["loud", /^\\u\{1b\}\[31mno\\u\{1b\}\[0m$/, /^try it by hand/],
    ["without", /^it has no honeypot-status yet$/, /sensorbake apply FILE --sensor without$/],
    ["broken", /^its answer is not in the format/, /^look at it with care/],
    ["deep", /^its answer is not in the format/, /^look at it with care/],
    ["escapes", /^its answer is not in the format/, /^look at it with care/],
    ["typed", /^its answer is not in the format/, /^look at it with care/],
    ["other-name", /^another sensor answers at 127\.0\.0\.1: "someone-else"$/, /^$/],
    ["dead-1", /Connection refused/, /^try it by hand/],
    ["changed-1", /^the machine's host key differs from the one in known_hosts$/, /ssh-keygen -R '\[127/],
    ["unknown-key", /^ssh does not know the machine's host key$/, /^compare the fingerprint/],
    ["no-address", /^the sensor's address is unknown$/, /^add address: to its entry, or: sensorbake status/],
  ];
  for (const [name, reason, next] of silent) {
    assert.is(found.get(name)?.health, "no_answer", name);
    assert.match(String(found.get(name)?.reason), reason);
    assert.match(String(found.get(name)?.next ?? ""), next);
  }
  for (const name of ["quiet", "edited", "older", "well-1", "well-6"])
    assert.is(found.get(name)?.health, "healthy", `${name}: ${found.get(name)?.reason}`);
  const unhealthy = found.get("unhealthy");
  assert.is(unhealthy?.health, "unhealthy");
  assert.is(unhealthy?.reason, "backup of srv: failed 5 hours ago: no space");
  assert.is(unhealthy?.next, "df");
  assert.is(unhealthy?.since_seconds, 5 * hour);
  assert.equal(found.get("edited")?.drift, ["settings", "2 files"]);
  assert.equal(found.get("older")?.drift, ["version"]);
  assert.equal(
    differences.map(({ sensor, measure, expected }: Record<string, unknown>) => [sensor, measure, expected]),
    [
      ["quiet", "downloads", 12],
      ["quiet", "capture_bytes_per_day", 180_000_000],
    ],
  );
  const html = readFileSync(page, "utf8");
  assert.is(statSync(page).mode & 0o777, 0o600);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-/);
  assert.not.match(html, "\u001b");
  assert.match(html, "<h1>30 sensors: 9 healthy, 1 unhealthy, 20 no answer</h1>");
});

test("prints one table: reasons, ages, disk, captures, drift, and the sensors that differ", async (context) => {
  const some = fleet.filter(({ name }) => /^(unhealthy|quiet|edited|older|well-[123]|dead-1)$/.test(name));
  const { code, text, stderr } = await run(context, some);
  assert.is(code, 3);
  const port = /port (\d+)/.exec(text)?.[1];
  const rows = text.split("\n").map((line) => line.replace(/ {2,}/g, "  "));
  const refused = `ssh: connect to host 127.0.0.1 port ${port}: Connection refused`;
  const head = "SENSOR  HEALTH  SINCE  REPORT  BACKUP  TRANSFER  DISK  MB/DAY  VERSION  DRIFT  REASON";
  assert.equal(rows, [
    head,
    `dead-1  no answer  -  -  -  -  -  -  -  -  ${refused}`,
    `unhealthy  unhealthy  5 h  10 min  3 h  2 h  41%  180  ${version}  -  backup of srv: failed 5 hours ago: no space`,
    `quiet  healthy  -  10 min  3 h  2 h  41%  0.0  ${version}  -`,
    `edited  healthy  -  10 min  3 h  2 h  41%  180  ${version}  settings, 2 files`,
    "older  healthy  -  10 min  3 h  2 h  41%  180  0.0.9  version",
    ...[1, 2, 3].map((index) => `well-${index}  healthy  -  10 min  3 h  2 h  41%  180  ${version}  -`),
    "",
    "8 sensors: 6 healthy, 1 unhealthy, 1 no answer",
    "different from the rest: quiet (0 downloads, the others about 12; captures 0.0 MB a day, the others about 180)",
    "",
  ]);
  assert.match(stderr, /^ {2}= help: dead-1: try it by hand: ssh -p \d+ analyst@127\.0\.0\.1$/m);
});

test("exits 0 for healthy sensors without drift, and 1 for an unhealthy one", async (context) => {
  const well = await run(context, [prints("well-1"), ...fleet.filter(({ name }) => name === "unhealthy")]);
  assert.is(well.code, 1, well.text);
  const alone = await again(context, "--sensor", "well-1", "--format", "json");
  assert.is(alone.code, 0, alone.text);
  const [{ address, drift, last_report_seconds, last_backup_seconds }] = JSON.parse(alone.text).sensors;
  assert.equal([address, drift, last_report_seconds, last_backup_seconds], ["127.0.0.1", [], 600, 3 * hour]);
});

test("a sensor with the digest of the settings has no drift", async (context) => {
  const sensors = await startAnsweringSensors(context.folder, [prints("well-1")]);
  context.sensors = sensors;
  const loaded = await loadSettings(sensors.file, oneFileWorld(readFileSync(sensors.file, "utf8")), {
    readSecrets: false,
  });
  const plan = loaded.sensors[0]?.plan;
  assert.ok(plan);
  const text = answer("well-1", { facts: { settings_digest: settingsDigest(plan) } });
  writeFileSync(join(context.folder, "answer-well-1.txt"), text);
  const { code, text: json } = await again(context, "--format", "json");
  assert.is(code, 0, json);
  assert.equal(JSON.parse(json).sensors[0].drift, []);
});

const wrong: readonly (readonly [name: string, words: readonly string[], message: RegExp])[] = [
  ["--watch without a terminal", ["--watch"], /--watch requires a terminal/],
  ["a timeout of words", ["--timeout", "soon"], /--timeout must be a whole number of seconds/],
  ["--address for several sensors", ["--address", "127.0.0.1"], /--address applies to one sensor/],
  [
    "a page that is not ours",
    ["--html", "package.json"],
    /package.json was not written by sensorbake status/,
  ],
];
for (const [name, words, message] of wrong)
  test(`refuses ${name}`, async (context) => {
    const { code, stderr } = await run(context, [prints("well-1"), prints("well-2")], ...words);
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  });

test("needs neither AWS's SDK nor credentials without sensors on EC2", async (context) => {
  context.sensors = await startAnsweringSensors(context.folder, [prints("well-1")]);
  const hook = `export async function resolve(name, context, next) {
    if (name.startsWith("@aws-sdk")) throw new Error("loads " + name);
    return next(name, context);
  }`;
  const file = join(context.folder, "hook.mjs");
  writeFileSync(
    file,
    `import { register } from "node:module";\nregister("data:text/javascript," + ${JSON.stringify(encodeURIComponent(hook))});\n`,
  );
  const env = { PATH: context.sensors.path, NODE_OPTIONS: `--import=${file}` };
  const { code, stderr } = await sensorbake(["status", context.sensors.file], { env });
  assert.is(code, 0, stderr);
  writeFileSync(
    context.sensors.file,
    `${settingsHead}  ec2: {region: eu-central-1}\nsensors: [{name: a, target: ec2}]\n`,
  );
  const other = await sensorbake(["status", context.sensors.file], { env });
  assert.match(other.stderr, "loads @aws-sdk");
});

const onTerminal = needs("script");
onTerminal(
  test,
  "--watch redraws the table until Ctrl-C, and exits as the last table says",
  async (context) => {
    const unhealthy = fleet.filter(({ name }) => name === "unhealthy");
    context.sensors = await startAnsweringSensors(context.folder, [prints("well-1"), ...unhealthy]);
    const { path, file } = context.sensors;
    const { code, screen } = await typeTo(
      ["status", file, "--watch", "1"],
      [
        ["Ctrl-C ends", ""],
        ["Ctrl-C ends", "\u0003"],
      ],
      { cwd: context.folder, env: { PATH: path } },
    );
    assert.is(code, 1, screen);
    const [, first = "", second = ""] = screen.split("\u001b[H\u001b[2J");
    for (const table of [first, second]) {
      assert.match(table, /^SENSOR +HEALTH/);
      assert.match(table, "\r\n2 sensors: 1 healthy, 1 unhealthy\r\n");
      assert.match(table, /every 1 s, last at \d\d:\d\d:\d\d UTC; Ctrl-C ends/);
    }
    assert.not.match(screen, "interrupted");
  },
);

onTerminal(test, "on a terminal of 80 columns no line of the table is longer", async (context) => {
  const some = fleet.filter(({ name }) => /^(unhealthy|edited|well-[123]|dead-1)$/.test(name));
  context.sensors = await startAnsweringSensors(context.folder, some);
  const { path, file } = context.sensors;
  const { screen } = await typeTo(["status", file], [], { cwd: context.folder, env: { PATH: path } });
  const lines = screen.split("\r\n");
  const table = lines.slice(0, lines.indexOf(""));
  assert.is(table.length, 1 + some.length + 2, screen);
  assert.ok(
    table.every((line) => line.length <= 80),
    screen,
  );
  assert.match(table[0] ?? "", /^SENSOR +HEALTH +SINCE +REPORT +BACKUP +TRANSFER +DISK +DRIFT$/);
  assert.ok(table.includes("  backup of srv: failed 5 hours ago: no space"), screen);
});

test("Ctrl-C ends a query in the middle", async (context) => {
  context.sensors = await startAnsweringSensors(context.folder, [runs("sleeps-1", "exec sleep 600")]);
  const started = Date.now();
  const { code } = await sensorbake(["status", context.sensors.file], {
    env: { PATH: context.sensors.path },
    killAfterMs: 2500,
  });
  assert.is(code, 130);
  assert.ok(Date.now() - started < 20_000);
});

test.run();
