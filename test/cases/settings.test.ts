import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { environment } from "../../src/artifacts/environment.ts";
import { filebeatConfig } from "../../src/artifacts/filebeat.ts";
import { networkConfig } from "../../src/artifacts/network-config.ts";
import { whenInWords } from "../../src/explain/schedule-words.ts";
import { loadSettings } from "../../src/load/load.ts";
import { complainOfSchedule } from "../../src/values/schedule.ts";
import { type VirtualFile, virtualWorld } from "../support/virtual-world.ts";

// Inputs from bug reports, each in its own folder beside this file, with the expected result.

const test = suite("cases/settings");

const load = async (name: string, more: Readonly<Record<string, VirtualFile>> = {}) => {
  const file = `test/cases/${name}/sensors.yaml`;
  const outside = virtualWorld({ ...more, [file]: readFileSync(file) });
  const { sensors, diagnostics } = await loadSettings(file, outside, { readSecrets: false });
  // All of them have the key and the network of the examples.
  return { sensors, diagnostics: diagnostics.filter(({ code }) => !code.startsWith("access/")) };
};

const cases: readonly (readonly [
  name: string,
  severity: "error" | "warning",
  message: RegExp,
  hint: RegExp,
])[] = [
  ["yaml-star-schedule", "error", /\*/, /^a value that begins with \* must be in quotes/],
  ["invisible-character", "error", /U\+200B/, /type the value/],
  ["wifi-smart-quotes", "warning", /begins and ends with the typographic quotes/, /remove these characters/],
  ["timezone-asia-calcutta", "error", /Asia\/Calcutta/, /^did you mean Asia\/Kolkata\?$/],
  ["timezone-europe-kiev", "error", /Europe\/Kiev/, /^did you mean Europe\/Kyiv\?$/],
];
for (const [name, severity, message, hint] of cases)
  test(name, async () => {
    const { diagnostics } = await load(name);
    assert.is(diagnostics.length, 1);
    assert.is(diagnostics[0]?.severity, severity);
    assert.match(diagnostics[0]?.message ?? "", message);
    assert.match(diagnostics[0]?.hint ?? "", hint);
  });

test("pub-file-forms: names the command that converts a key", async () => {
  const pub = readFileSync("test/cases/pub-file-forms/rfc4716.pub");
  const text = readFileSync("test/cases/siem-ipv6/sensors.yaml", "utf8");
  const settings = text.replace(/ssh_keys: .*/, "ssh_keys: [{file: rfc4716.pub}]");
  const outside = virtualWorld({ "/s/sensors.yaml": settings, "/s/rfc4716.pub": pub });
  const { diagnostics } = await loadSettings("/s/sensors.yaml", outside, { readSecrets: false });
  assert.match(diagnostics[0]?.hint ?? "", /ssh-keygen -i -f FILE/);
  assert.match(diagnostics[0]?.hint ?? "", /PuTTYgen/);
});

test("siem-ipv6: an IPv6 address in brackets is accepted and reaches Filebeat in brackets", async () => {
  const { sensors, diagnostics } = await load("siem-ipv6");
  assert.equal(diagnostics, []);
  const siem = sensors[0]?.plan.siem;
  assert.is(siem?.host, "2001:db8::5");
  assert.is(siem?.port, 5044);
  if (siem !== undefined) assert.match(filebeatConfig("s1", siem), '"[2001:db8::5]:5044"');
});

test("network-onlink: a gateway in none of the networks is on the link", async () => {
  const { sensors, diagnostics } = await load("network-onlink");
  assert.equal(diagnostics, []);
  const [sensor] = sensors;
  assert.ok(sensor);
  assert.match(
    networkConfig(sensor.plan) ?? "",
    'to: "0.0.0.0/0"\n        via: "172.31.1.1"\n        on-link: true\n',
  );
});

test("cron-star-step: both day fields must fit, in explain and in the environment", async () => {
  const { sensors, diagnostics } = await load("cron-star-step");
  assert.equal(diagnostics, []);
  const [sensor] = sensors;
  assert.ok(sensor);
  const interval = Number(environment(sensor.plan).find(([name]) => name === "BACKUP_INTERVAL_SECONDS")?.[1]);
  assert.ok(interval >= 14 * 86_400, String(interval));
  assert.is(
    whenInWords(sensor.plan.backup.schedule),
    "03:00 on Mondays, but only on days 1, 3, 5, ..., 31 of the month",
  );
});

test("cron-star-step: refuses schedules that never run under that rule", () => {
  assert.match(complainOfSchedule("0 3 30 2 */2")?.message ?? "", /never happens/);
  assert.is(complainOfSchedule("0 3 30 2 1"), undefined);
});

test.run();
