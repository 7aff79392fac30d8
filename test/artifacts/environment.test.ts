import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { environment } from "../../src/artifacts/environment.ts";
import { escapeEnvironment } from "../../src/artifacts/escapes.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { captureFilter } from "../../src/plan/capture-filter.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { longestGapSeconds } from "../../src/plan/schedule.ts";
import { arbitrarySettings, settingsText } from "../support/arbitrary-settings.ts";
import { examplePlan } from "../support/example-plan.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("artifacts/environment");

// shellcheck reads this file to know the names that a script may use, and scratch roots begin with it.
test("test/support/honeypot.env has the names that can be compiled, and no other", async () => {
  const examples = join(packageRoot(), "examples");
  const texts = [
    ...readdirSync(examples).map((name) => readFileSync(join(examples, name), "utf8")),
    ...fc.sample(arbitrarySettings, { numRuns: 60, seed: 1 }).map(settingsText),
  ];
  const loaded = await Promise.all(
    texts.map((text) => loadSettings("s.yaml", virtualWorld({ "s.yaml": text }), { readSecrets: false })),
  );
  const plans = loaded.flatMap(({ sensors }) => sensors.map(({ plan }) => plan));
  const compiled = new Map(plans.flatMap((plan) => environment(plan)));
  const file = join(packageRoot(), "test/support/honeypot.env");
  if (process.env.UPDATE === "1") writeFileSync(file, updated(readFileSync(file, "utf8"), compiled));
  const names = [...readFileSync(file, "utf8").matchAll(/^(\w+)=/gm)].map(([, name]) => name ?? "");
  assert.equal(
    names.sort(),
    [...compiled.keys()].sort(),
    "test/support/honeypot.env lacks a variable or has an old one: npm test -- environment --update",
  );
});

test("is rendered as a quoted line for each name", async () => {
  const { templates } = await readRelease();
  const files = payload(examplePlan, new Map(), templates, {
    sensor: "",
    sensorbake: "",
    target: "",
    settings_digest: "",
  });
  const text = String(files.find(({ path }) => path === "/etc/default/honeypot")?.content);
  const lines = environment(examplePlan).map(([name, value]) => `${name}="${value}"\n`);
  assert.is(text, lines.join(""));
});

// Keeps the values that scratch roots rely on, removes old names, and appends new ones.
function updated(text: string, compiled: ReadonlyMap<string, string>): string {
  const kept = text
    .split("\n")
    .filter((line) => line !== "" && (!/^\w+=/.test(line) || compiled.has(line.split("=", 1)[0] ?? "")));
  const missing = [...compiled].filter(([name]) => !kept.some((line) => line.startsWith(`${name}=`)));
  return [...kept, ...missing.map(([name, value]) => `${name}="${escapeEnvironment(value)}"`), ""].join("\n");
}

const { admin, capture } = examplePlan;
const sessions =
  "not (tcp and ((dst port 12222 and src net 198.51.100.0/24 and inbound) or (src port 12222 and dst net 198.51.100.0/24 and outbound)))";
const server = { host: "192.0.2.9", port: 2222 };
const transfer = {
  ...server,
  user: "u",
  path: "/",
  hostKeys: [],
  privateKey: undefined,
  schedule: "",
  bandwidthLimit: 0,
  keepDays: 0,
};
const siem = { ...server, host: "2001:db8::5", ca: undefined, spoolMegabytes: 1 };
const filters: readonly (readonly [name: string, plan: Partial<Plan>, want: string])[] = [
  ["leaves out what the admin networks have with the admin port", {}, sessions],
  [
    "leaves out the sensor's own side of the admin port when admins come from anywhere",
    { admin: { ...admin, allowFrom: "anywhere" } },
    "not (tcp and ((dst port 12222 and inbound) or (src port 12222 and outbound)))",
  ],
  [
    "names several admin networks",
    { admin: { ...admin, allowFrom: ["198.51.100.7/32", "2001:db8:40::/48"] } },
    "not (tcp and ((dst port 12222 and src net (198.51.100.7/32 or 2001:db8:40::/48) and inbound) or (src port 12222 and dst net (198.51.100.7/32 or 2001:db8:40::/48) and outbound)))",
  ],
  [
    "leaves out excluded ports where they are the sensor's own",
    { capture: { ...capture, excludePorts: [12222, 9200] } },
    `${sessions} and not ((dst port (9200 or 12222) and inbound) or (src port (9200 or 12222) and outbound))`,
  ],
  [
    "leaves out hosts and networks",
    { capture: { ...capture, excludeHosts: ["192.0.2.1", "2001:db8::/32"] } },
    `${sessions} and not host 192.0.2.1 and not net 2001:db8::/32`,
  ],
  [
    "leaves out uploads to addresses, by host and port together",
    { transfer, siem },
    `${sessions} and not (host 192.0.2.9 and tcp port 2222) and not (host 2001:db8::5 and tcp port 2222)`,
  ],
  [
    "leaves names to the sensor",
    { transfer: { ...transfer, host: "backups.example.org" }, siem: { ...siem, host: "siem.example.org" } },
    sessions,
  ],
  [
    "puts the user's words in parentheses, so that they only narrow",
    { capture: { ...capture, filter: "tcp or udp" } },
    `${sessions} and (tcp or udp)`,
  ],
];
for (const [name, given, want] of filters)
  test(`the capture filter ${name}`, () => {
    assert.is(captureFilter({ ...examplePlan, ...given }), want);
  });

const gaps: readonly (readonly [schedule: string, seconds: number])[] = [
  ["0 3 * * *", 86_400],
  ["0 */6 * * *", 21_600],
  ["0 3 * * 1", 604_800],
  ["0 3 1,2 * *", 30 * 86_400],
  ["*/5 * * * *", 300],
];
for (const [schedule, seconds] of gaps)
  test(`the longest gap of "${schedule}" is ${seconds} s`, () => {
    assert.is(longestGapSeconds(schedule), seconds);
  });

test.run();
