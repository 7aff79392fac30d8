import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../../src/emulation/wait-for.ts";
import {
  type AnsweringSensor,
  type AnsweringSensors,
  startAnsweringSensors,
} from "../support/answering-sensors.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The command and ssh are real; a small script stands for each machine's engine.

type Fleet = { folder: string; sensors?: AnsweringSensors };
const test = suite<Fleet>("cli/apply with many sensors");
test.before.each(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "sensorbake-apply-"));
  await chmod(context.folder, 0o755);
  writeFileSync(join(context.folder, "events"), "");
  // The sensors' logins may belong to another account.
  await chmod(join(context.folder, "events"), 0o666);
});
test.after.each(async ({ folder, sensors }) => {
  await sensors?.remove();
  rmSync(folder, { recursive: true });
});

type Engine = {
  readonly plan?: string;
  /** Seconds that the change takes. */
  readonly seconds?: number;
  /** Its reason to revert. */
  readonly reverts?: string;
  /** The first logins after a change that fail; then the machine reports that it has reverted the change. */
  readonly lostLogins?: number;
};

const oneChange =
  "machine\tsensor\tsensorbake 0.1.0\nsetting\tlogs.keep_days\t30\t60\nfile\tchange\t/etc/x\n";

/** A machine whose engine writes the beginning and the end of its change to `events`. */
function machine({ folder }: Fleet, name: string, engine: Engine = {}): AnsweringSensor {
  const { plan = oneChange, seconds = 0.5, reverts, lostLogins } = engine;
  const quoted = (text: string) => `'${text.replaceAll("\t", "\\t").replaceAll("\n", "\\n")}'`;
  const event = (kind: string) => `echo '${kind} ${name}' >>${folder}/events`;
  const end = reverts === undefined ? "end\twaiting\n" : `end\tfailed\treverted: ${reverts}\n`;
  const command = `case "$SSH_ORIGINAL_COMMAND" in
*'engine.sh plan'*) cat >/dev/null; printf ${quoted(plan)} ;;
*'engine.sh start 180'*) ${event("begin")}; sleep ${seconds}; printf ${quoted(`log\thostile\rend\tok\t\n${end}`)}; ${reverts === undefined ? ":" : event("end")} ;;
*'engine.sh confirm'*) ${event("end")}; ${lostLogins === undefined ? "" : "exit 1;"} printf ${quoted("end\tok\tdone\n")} ;;
*'rm -rf /run/honeypot-apply/'*) ${event("forget")} ;;
*'cat /var/lib/honeypot/state/apply.last'*) ${event("read")}; [ $(grep -c read ${folder}/events) -gt ${lostLogins ?? 0} ] || exit 255; echo '1 failed reverted: too slow' ;;
*) exit 9 ;;
esac`;
  return { name, behaves: { kind: "runs", command } };
}

async function run(
  context: Fleet,
  sensors: readonly AnsweringSensor[],
  words: readonly string[],
  interruptAfter?: Promise<unknown>,
) {
  context.sensors = await startAnsweringSensors(context.folder, sensors);
  const { code, stdout, stderr } = await sensorbake(
    ["apply", context.sensors.file, "--yes", "--wait", "0", ...words],
    { env: { PATH: context.sensors.path }, ...(interruptAfter !== undefined && { interruptAfter }) },
  );
  return { code, text: stdout.toString(), stderr, events: events(context) };
}

function events({ folder }: Fleet): readonly string[] {
  return readFileSync(join(folder, "events"), "utf8").trim().split("\n");
}

/** The machines that were changed, and how many at most at a time. */
function changes(all: readonly string[]) {
  let running = 0;
  let most = 0;
  const begun: string[] = [];
  for (const event of all) {
    const [kind, name = ""] = event.split(" ");
    if (kind === "begin") {
      begun.push(name);
      running++;
    } else if (kind === "end") running--;
    most = Math.max(most, running);
  }
  return { begun, most, running };
}

test("changes the first of thirty sensors alone and then three at a time; others are dead, slow or hostile", async (context) => {
  const ready = Array.from({ length: 16 }, (_, index) => `ready-${index + 1}`);
  const sensors: readonly AnsweringSensor[] = [
    { name: "dead-1", behaves: { kind: "refuses" } },
    { name: "hangs-1", behaves: { kind: "hangs" } },
    { ...machine(context, "changed-1"), hostKey: "changed" },
    ...ready.map((name, index) => machine(context, name, { seconds: index % 4 === 1 ? 3 : 0.5 })),
    { name: "dead-2", behaves: { kind: "refuses" } },
    { name: "babbles", behaves: { kind: "babbles" } },
    { ...machine(context, "changed-2"), hostKey: "changed" },
    { ...machine(context, "unknown-key"), hostKey: "unknown" },
    { ...machine(context, "no-address"), settings: "target: nocloud" },
    machine(context, "same-1", { plan: "machine\tsensor\tsensorbake 0.1.0\n" }),
    machine(context, "same-2", { plan: "machine\tsensor\tsensorbake 0.1.0\n" }),
    machine(context, "refuses", { plan: "refuse\tits first boot is running\n" }),
    machine(context, "hostile", { plan: "machine\ttoaster\t\n" }),
    { name: "endless", behaves: { kind: "runs", command: "exec cat /dev/zero" } },
    {
      name: "no-sudo",
      behaves: { kind: "runs", command: "echo 'sudo: a password is required' >&2; exit 1" },
    },
  ];
  assert.is(sensors.length, 30);
  const { code, text, stderr, events } = await run(context, sensors, ["--parallel", "3", "--format", "json"]);
  assert.is(code, 3, stderr);
  const found = new Map<string, { result: string; failure: string | null }>(
    JSON.parse(text).sensors.map((one: { sensor: string }) => [one.sensor, one]),
  );
  for (const name of ready) assert.is(found.get(name)?.result, "changed", `${name}: ${stderr}`);
  const { begun, most, running } = changes(events);
  assert.equal([...begun].sort(), [...ready].sort());
  assert.equal(events.filter((event) => /^(begin|end)/.test(event)).slice(0, 2), [
    "begin ready-1",
    "end ready-1",
  ]);
  assert.is(most, 3);
  assert.is(running, 0);
  for (const name of ["same-1", "same-2"]) assert.is(found.get(name)?.result, "unchanged");
  for (const [name, reason] of [
    ["dead-1", /Connection refused/],
    ["hangs-1", /timed out/],
    ["babbles", /./],
    ["changed-1", /host key differs/],
    ["unknown-key", /does not know the machine's host key/],
    ["no-address", /address is unknown/],
    ["refuses", /^its first boot is running$/],
    ["hostile", /unexpected plan: machine toaster/],
    ["endless", /sent more than 1048576 bytes/],
    ["no-sudo", /needs a password for sudo/],
  ] as const) {
    assert.is(found.get(name)?.result, "failed", name);
    assert.match(String(found.get(name)?.failure), reason);
  }
  // The first line end inside the log is not the engine's.
  assert.match(stderr, "ready-1: hostile\\u{d}end");
});

test("reads the result of a machine that lets nobody in for a while as it reverts", async (context) => {
  const { code, text, stderr } = await run(context, [machine(context, "slow", { lostLogins: 11 })], []);
  assert.is(code, 3, stderr);
  assert.ok(/^slow +127\.0\.0\.1 +failed: reverted: too slow$/m.test(text), text + stderr);
});

test("starts no further sensor after --max-failures, and removes its files from the others", async (context) => {
  const sensors = [
    machine(context, "a"),
    machine(context, "b", { reverts: "20-admin failed: \u001b[2J" }),
    machine(context, "c", { reverts: "no new login" }),
    machine(context, "d"),
    machine(context, "e"),
  ];
  const words = ["--parallel", "1", "--max-failures", "2"];
  const { code, text, stderr, events } = await run(context, sensors, words);
  assert.is(code, 3);
  assert.equal(changes(events).begun, ["a", "b", "c"]);
  for (const name of ["d", "e"]) assert.ok(events.includes(`forget ${name}`), name);
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.replace(/ {2,}/g, "  "));
  assert.equal(rows, [
    "SENSOR  ADDRESS  RESULT",
    "a  127.0.0.1  changed",
    "b  127.0.0.1  failed: reverted: 20-admin failed: \\u{1b}[2J",
    "c  127.0.0.1  failed: reverted: no new login",
    "d  127.0.0.1  not begun",
    "e  127.0.0.1  not begun",
  ]);
  assert.match(stderr, /^5 sensors: 1 changed, 2 failed, 2 not begun$/m);
});

test("starts no other sensor if the first one fails", async (context) => {
  const sensors = [machine(context, "a", { reverts: "no" }), machine(context, "b"), machine(context, "c")];
  const { code, events } = await run(context, sensors, []);
  assert.is(code, 3);
  assert.equal(changes(events).begun, ["a"]);
});

test("Ctrl-C starts no further sensor, and finishes those that were started", async (context) => {
  const names = ["a", "b", "c", "d", "e"];
  const sensors = names.map((name) => machine(context, name, { seconds: name === "a" ? 0.2 : 4 }));
  const begun = waitFor("two machines", async () => changes(events(context)).begun.length === 3, 120);
  const words = ["--parallel", "2", "--format", "json"];
  const { code, text, stderr, events: found } = await run(context, sensors, words, begun);
  assert.is(code, 130, stderr);
  assert.match(stderr, "interrupted: finishing 2 machines");
  assert.is(changes(found).running, 0);
  assert.equal(
    JSON.parse(text).sensors.map(({ result }: { result: string }) => result),
    ["changed", "changed", "changed", "not_begun", "not_begun"],
  );
  for (const name of ["d", "e"]) assert.ok(found.includes(`forget ${name}`), name);
});

test.run();
