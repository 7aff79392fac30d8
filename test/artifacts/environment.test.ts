import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { environment } from "../../src/artifacts/environment.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { captureFilter } from "../../src/plan/capture-filter.ts";
import { longestGapSeconds } from "../../src/plan/schedule.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("artifacts/environment");

// shellcheck reads that file to know which names a script may use, and scratch roots begin with it.
test("test/support/honeypot.env has the names that can be compiled, and no other", () => {
  const known = readFileSync(join(packageRoot(), "src/artifacts/environment.ts"), "utf8").match(
    /\b[A-Z]+(_[A-Z]+)+\b|"PACKAGES"|"EGRESS"|"REPOSITORIES"|"TIMEZONE"/g,
  );
  const text = readFileSync(join(packageRoot(), "test/support/honeypot.env"), "utf8");
  const names = [...text.matchAll(/^(\w+)=/gm)].map(([, name]) => name ?? "");
  assert.equal(names.sort(), [...new Set(known)].map((name) => name.replaceAll('"', "")).sort());
});

test("is rendered as a quoted line for each name", async () => {
  const { templates } = await readRelease();
  const files = payload(examplePlan, new Map(), templates, {
    sensor: "",
    sensorbake: "",
    settings_digest: "",
  });
  const text = String(files.find(({ path }) => path === "/etc/default/honeypot")?.content);
  const lines = environment(examplePlan).map(([name, value]) => `${name}="${value}"\n`);
  assert.is(text, lines.join(""));
});

const { admin, capture } = examplePlan;
const filters: readonly (readonly [name: string, capture: Partial<typeof capture>, want: string])[] = [
  ["always leaves out the admin port", {}, "not port 12222"],
  ["names a port once", { excludePorts: [12222, 9200] }, "not port (9200 or 12222)"],
  [
    "leaves out hosts and networks",
    { excludeHosts: ["192.0.2.1", "2001:db8::/32"] },
    "not port 12222 and not host 192.0.2.1 and not net 2001:db8::/32",
  ],
  [
    "puts the user's words in parentheses, so that they only narrow",
    { filter: "tcp or udp" },
    "not port 12222 and (tcp or udp)",
  ],
];
for (const [name, given, want] of filters)
  test(`the capture filter ${name}`, () => {
    assert.is(captureFilter({ ...examplePlan, admin, capture: { ...capture, ...given } }), want);
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
