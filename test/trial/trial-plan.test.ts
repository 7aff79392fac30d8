import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { showSteps } from "../../src/cli/try/steps.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { boothook } from "../../src/trial/boothook.ts";
import { stepsIn, waitForFirstBoot } from "../../src/trial/first-boot.ts";
import { trialPlan } from "../../src/trial/trial-plan.ts";
import { trialSeed } from "../../src/trial/trial-seed.ts";
import { examplePlan, planOf } from "../support/example-plan.ts";
import { ed25519Key } from "../support/keys.ts";

const test = suite("what a trial changes");
const key = "ssh-ed25519 AAAA sensorbake-try";
const options = { key, without: [] };
const boot = { signal: new AbortController().signal, limitSeconds: 60, onStep: () => {} };

test("the settings change only in what the trial lists", () => {
  const { plan, additions } = trialPlan({ ...examplePlan, network: undefined, wifi: undefined }, options);
  const { admin } = examplePlan;
  const allowFrom = admin.allowFrom === "anywhere" ? "anywhere" : [...admin.allowFrom, "10.0.2.2/32"];
  const expected = { ...admin, sshKeys: [...admin.sshKeys, key], allowFrom };
  const changed = (Object.keys(plan) as (keyof Plan)[]).filter((name) => plan[name] !== examplePlan[name]);
  assert.equal(plan.admin, expected);
  assert.equal(
    changed.filter((name) => JSON.stringify(plan[name]) !== JSON.stringify(examplePlan[name])),
    ["admin"],
  );
  assert.ok(additions.some(({ what }) => what === `a key of ${admin.user}`));
});

const honeypot = { install: true, email: "a@example.org", user_id: 1, api_key: { env: "A" } };
const lacks = "without DShield no honeypot writes logs";
const unanswered = "no stand-in answers these queries";
const [noDshield, noTools] = ["--no-dshield leaves it out", "--no-tools leaves them out"];
const parts: readonly (readonly [
  name: string,
  settings: object,
  without: readonly ("dshield" | "tools")[],
  absent: object,
])[] = [
  ["neither", {}, ["dshield", "tools"], {}],
  ["both", { dshield: honeypot, tools: { cowrieprocessor: {} } }, [], { queries: unanswered }],
  ["the tools alone", { tools: { cowrieprocessor: {} } }, [], { queries: unanswered, reports: lacks }],
  [
    "both, without DShield",
    { dshield: honeypot, tools: { cowrieprocessor: {} } },
    ["dshield"],
    { dshield: noDshield, queries: unanswered, reports: lacks },
  ],
  [
    "both, without the tools",
    { dshield: honeypot, tools: { cowrieprocessor: {} } },
    ["tools"],
    { tools: noTools, queries: noTools, reports: noTools },
  ],
];
for (const [name, settings, without, absent] of parts)
  test(`a trial of settings that have ${name} says why it lacks a part`, async () => {
    const given = await planOf({
      name: "sensor-1",
      target: "nocloud",
      admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
      ...settings,
    });
    const tried = trialPlan(given, { key, without });
    assert.equal(tried.absent, absent);
    for (const part of ["dshield", "tools"] as const)
      assert.is(tried.plan[part], without.includes(part) ? undefined : given[part]);
  });

test("an address that the settings name becomes a name, because only names lead to stand-ins", () => {
  const siem = { host: "2001:db8::5", port: 9200 } as NonNullable<Plan["siem"]>;
  const { plan, additions } = trialPlan({ ...examplePlan, siem }, options);
  assert.is(plan.siem?.host, "address-2001-db8--5.trial.example");
  assert.ok(additions.some(({ what }) => what === "siem.host: address-2001-db8--5.trial.example"));
});

test("a Raspberry Pi is tried as an ordinary machine, and the report says so", () => {
  const { plan, additions } = trialPlan({ ...examplePlan, target: "pi", piBoot: "cloudinit" }, options);
  assert.equal([plan.target, plan.piBoot], ["nocloud", undefined]);
  assert.ok(additions.some(({ what }) => what === "target: nocloud"));
});

test("the machine gets everything at once, and the report says so if the sensor would wait for its programs", async () => {
  const release = await readRelease();
  const additions = { files: [], commands: [], reasons: [] };
  const secrets = new Map([["backup.password", "x"]]);
  for (const [target, delivery, want] of [
    ["nocloud", "auto", false],
    ["hetzner", "ssh", true],
  ] as const) {
    const plan: Plan = { ...examplePlan, target, delivery };
    const made = trialSeed({ plan, secrets }, additions, ["10.0.2.101 deb.debian.org"], release);
    assert.is(
      made.additions.some(({ what }) => what === "delivery: user-data"),
      want,
    );
    assert.is(made.plan.target, want ? "nocloud" : target);
    const content = (path: string) => String(made.seed.find((file) => file.path === path)?.content);
    assert.match(content("user-data"), "/opt/honeypot/scripts/backup.sh");
    assert.match(content("vendor-data"), "10.0.2.101 deb.debian.org");
    assert.match(content("network-config"), "10.0.2.15/27");
  }
});

test("the boothook writes its files once, with any content, and runs the commands", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  try {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const content = "it's $HOME\n`id` %s \\n\n";
    const text = boothook({
      hosts: ["10.0.2.101 deb.debian.org"],
      files: [
        { path: `${folder}/deep/file`, mode: "0640", content },
        { path: `${folder}/bytes`, mode: "0644", content: bytes },
      ],
      commands: [["touch", `${folder}/it's done`]],
    });
    assert.match(text, /^#cloud-boothook\n#!\/bin\/sh\n/);
    await writeFile(join(folder, "hosts"), "127.0.0.1 localhost\n");
    const here = text.replaceAll("/etc/hosts", `${folder}/hosts`).replaceAll("/etc/cloud", `${folder}/cloud`);
    for (const _ of ["first boot", "second boot"]) execFileSync("sh", ["-c", here]);
    assert.is(await readFile(join(folder, "deep/file"), "utf8"), content);
    assert.ok(bytes.equals(await readFile(join(folder, "bytes"))));
    assert.is(
      await readFile(join(folder, "hosts"), "utf8"),
      "127.0.0.1 localhost\n# sensorbake-try\n10.0.2.101 deb.debian.org\n",
    );
    assert.is(await readFile(join(folder, "it's done"), "utf8"), "");
  } finally {
    await rm(folder, { recursive: true });
  }
});

const log = `2026-11-28T12:00:00Z run: 10-directories begins
2026-11-28T12:00:01Z run: 10-directories is done after 1 s
2026-11-28T12:01:30Z run: 40-packages is done after 87 s
`;

test("the steps of the first boot are those of its log", () => {
  assert.equal(stepsIn(log), [
    { name: "10-directories", seconds: 1 },
    { name: "40-packages", seconds: 87 },
  ]);
});

test("the first boot is watched over a lost connection, and each step is reported once", async () => {
  const answers = [
    { code: 1, stdout: Buffer.from(log.split("\n").slice(0, 2).join("\n")), stderr: "" },
    { code: 255, stdout: Buffer.from(""), stderr: "closed" },
    { code: 0, stdout: Buffer.from(log), stderr: "" },
  ];
  let logins = 0;
  const steps: string[] = [];
  const machine = {
    run: async () => answers.shift() ?? assert.unreachable(),
    waitForLogin: async () => {
      logins += 1;
    },
  };
  await waitForFirstBoot(machine as never, { ...boot, onStep: ({ name }) => steps.push(name) });
  assert.equal([logins, steps], [2, ["10-directories", "40-packages"]]);
});

test("a first boot that takes too long is reported", async () => {
  const machine = {
    run: async () => ({ code: 1, stdout: Buffer.from(""), stderr: "" }),
    waitForLogin: async () => {},
  };
  const error = await waitForFirstBoot(machine, { ...boot, limitSeconds: 1 }).then(
    () => assert.unreachable() as never,
    (error: Error) => error,
  );
  assert.is(error.message, "the first boot did not end within 1 s");
});

test("the machine itself waits for the next step, for the end and for a failure", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  try {
    await mkdir(join(folder, "first-boot"));
    await writeFile(join(folder, "log"), log);
    const write = (name: string, text = "") => writeFile(join(folder, name), text);
    const scripts: string[] = [];
    const machine = {
      run: async (script: string) => {
        scripts.push(script);
        return { code: 0, stdout: Buffer.from(log), stderr: "" };
      },
      waitForLogin: async () => {},
    };
    await waitForFirstBoot(machine as never, boot);
    const script = (scripts[0] ?? "")
      .replaceAll("/var/lib/honeypot/state", folder)
      .replaceAll("/var/log/honeypot_setup.log", join(folder, "log"))
      .replace("sleep 3", "echo waits");
    const ask = () => spawnSync("bash", ["-c", `set -euo pipefail\n${script}`], { encoding: "utf8" });
    const waits = () =>
      ask()
        .stdout.split("\n")
        .filter((line) => line === "waits").length;
    await write("first-boot.last", "1 running 10-directories\n");
    await write("first-boot/payload.done");
    assert.equal([ask().status, waits()], [1, 20]);
    await write("first-boot/10-directories.done");
    assert.equal([ask().status, waits()], [1, 0]);
    assert.match(ask().stdout, "run: 10-directories is done after 1 s\n");
    await rm(join(folder, "first-boot/10-directories.done"));
    await write("first-boot.last", "1 failed 10-directories: failed for a reason\n");
    assert.equal([ask().status, waits()], [3, 0]);
    assert.match(ask().stdout, "failed for a reason");
    await write("first-boot.done");
    assert.equal([ask().status, waits()], [0, 0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a first boot that failed is reported with the sensor's message", async () => {
  const stdout = Buffer.from("1795868549 failed 40-packages: could not install zip\n");
  const machine = { run: async () => ({ code: 3, stdout, stderr: "" }), waitForLogin: async () => {} };
  const error = await waitForFirstBoot(machine, boot).then(
    () => assert.unreachable() as never,
    (error: Error) => error,
  );
  assert.is(error.message, "the first boot failed: 40-packages: could not install zip");
});

test("a terminal shows the present step with its time, and each finished one on a line", () => {
  const shown: string[] = [];
  let now = 0;
  let tick = (): void => {};
  const line = {
    isTerminal: true,
    columns: 80,
    now: () => now,
    tick: (work: () => void) => {
      tick = work;
      return () => {};
    },
    isDue: () => true,
    show: (text: string) => void shown.push(text),
    erase: () => {},
  };
  const { onStep, onDone } = showSteps(line, (text) => void shown.push(text));
  onStep("first boot");
  now = 65_000;
  tick();
  onDone({ step: "first boot", seconds: 66 });
  onStep(undefined);
  assert.equal(shown, ["   0:00  first boot", "   1:05  first boot", "   1:06  first boot"]);
  showSteps({ ...line, isTerminal: false }, () => {}).onStep("first boot");
  assert.is(shown.length, 3);
});

test.run();
