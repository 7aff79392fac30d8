import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import type { Attack } from "../../src/trial/attacks/attack.ts";
import { forwardedPorts, scannedPorts } from "../../src/trial/attacks/scanned-ports.ts";
import { excludedFilters } from "../../src/trial/observe/excluded-filters.ts";
import { type Place, places, whyNotIn } from "../../src/trial/observe/place.ts";
import { promiseIds, promisesOf } from "../../src/trial/observe/promise.ts";
import type { TrialScope } from "../../src/trial/observe/scope.ts";
import { planOf } from "../support/example-plan.ts";
import { diffOf } from "../support/golden-text.ts";
import { ed25519Key } from "../support/keys.ts";

// What a trial must observe: of every example, of settings with single features, and of trials that lack parts.

const test = suite("trial/promise");
const whole: TrialScope = { absent: {}, attacker: "10.0.2.2" };
const base = {
  name: "sensor-1",
  target: "nocloud",
  admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
};
const golden = join(packageRoot(), "test/trial/golden/promises.txt");

test("the promises of every example are those of test/trial/golden/promises.txt", async () => {
  const folder = join(packageRoot(), "examples");
  const lines: string[] = [];
  const found = new Set<string>();
  for (const name of readdirSync(folder)
    .filter((one) => one.endsWith(".yaml"))
    .sort()) {
    const { sensors } = await loadSettings(join(folder, name), processWorld(), { readSecrets: false });
    assert.ok(sensors.length > 0, name);
    for (const { plan } of sensors) {
      lines.push(`# examples/${name}, ${plan.name}: what the sensors above do not promise`);
      for (const { id, promise, how } of promisesOf(plan, whole)) {
        found.add(id);
        const line = `${id}: ${promise} (${how})`;
        if (!lines.includes(line)) lines.push(line);
      }
      lines.push("");
    }
  }
  assert.equal([...found].sort(), [...promiseIds].sort());
  const text = lines.join("\n");
  if (process.env.UPDATE === "1") writeFileSync(golden, text);
  const want = existsSync(golden) ? readFileSync(golden, "utf8") : "";
  assert.ok(text === want, `${diffOf(want, text)}\nIf this is intended: npm test -- trial/promise --update`);
});

test("a trial that lacks a part names the promises of that part, with the reason", async () => {
  const plan = await planOf({ ...base, dshield });
  const scope: TrialScope = { ...whole, absent: { dshield: "DShield is not installed" } };
  const absent = promisesOf(plan, scope).filter((one) => one.absent !== undefined);
  assert.equal(
    absent.map(({ id }) => id),
    ["honeypot", "firewall"],
  );
  assert.is(absent[0]?.absent, "DShield is not installed");
});

const toolIds = ["tool-clones", "tool-timetable", "cowrieprocessor", "tool-queries", "json-log-country"];
for (const [parts, observable] of [
  [["queries"], ["tool-clones", "tool-timetable", "cowrieprocessor", "json-log-country"]],
  [
    ["queries", "reports"],
    ["tool-clones", "tool-timetable"],
  ],
  [["queries", "reports", "tools"], []],
] as const)
  test(`a trial that lacks ${parts} observes these promises of the tools: ${observable}`, async () => {
    const tools = { cowrieprocessor: { spur_api_key: { env: "S" } }, json_log_country: {} };
    const absent = Object.fromEntries(parts.map((part) => [part, "a reason"]));
    const promises = promisesOf(await planOf({ ...base, tools }), { ...whole, absent });
    const ofTools = promises.filter(({ id }) => toolIds.includes(id));
    assert.is(ofTools.length, toolIds.length);
    assert.equal(
      ofTools.filter((one) => one.absent === undefined).map(({ id }) => id),
      observable,
    );
  });

test("without a setting there is no promise of it", async () => {
  const plan = await planOf({ ...base, admin: { ...base.admin, allow_from: "anywhere" } });
  const ids = promisesOf(plan, whole).map(({ id }) => id);
  for (const id of [
    "admin-networks",
    "transfer",
    "siem",
    "mail",
    "egress",
    "honeypot",
    "tool-clones",
  ] as const)
    assert.not(ids.includes(id), id);
});

const dshield = {
  install: true,
  email: "a@example.org",
  user_id: 1,
  api_key: { env: "KEY" },
  telnet: false,
};
const attack = (id: Attack["id"], ...ports: readonly number[]): Attack => ({
  id,
  what: id,
  marker: "m",
  ports,
  outcome: "",
  seconds: 0,
});
const ssh = attack("ssh-login", 22);
const telnet = attack("telnet-login", 23);
const web = attack("web-request", 80);
const scan = attack("port-scan", 22, 443);

const cases: readonly (readonly [
  name: string,
  sensor: object,
  attack: Attack,
  scope: TrialScope,
  expected: readonly Place[],
])[] = [
  ["a login without DShield", base, ssh, whole, ["capture", "archive"]],
  [
    "a login with DShield",
    { ...base, dshield },
    ssh,
    whole,
    ["capture", "cowrie log", "firewall log", "collected logs", "archive", "status"],
  ],
  [
    "a telnet login without telnet",
    { ...base, dshield },
    telnet,
    whole,
    ["capture", "firewall log", "archive"],
  ],
  [
    "a web request",
    { ...base, dshield },
    web,
    whole,
    ["capture", "web log", "firewall log", "collected logs", "archive", "status"],
  ],
  [
    "a scan",
    { ...base, dshield },
    scan,
    whole,
    ["capture", "firewall log", "collected logs", "archive", "status"],
  ],
  [
    "a trial without DShield",
    { ...base, dshield },
    ssh,
    { ...whole, absent: { dshield: "x" } },
    ["capture", "archive"],
  ],
  ["an excluded port", { ...base, capture: { exclude_ports: [80] } }, web, whole, []],
  [
    "one excluded port of a scan",
    { ...base, capture: { exclude_ports: [22] } },
    scan,
    whole,
    ["capture", "archive"],
  ],
  ["no set of captures", { ...base, backup: { sets: ["crontabs"] } }, ssh, whole, ["capture"]],
  [
    "archives that only the recipient can open",
    {
      ...base,
      backup: {
        format: "tar.zst",
        encrypt_to: ["age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"],
      },
    },
    ssh,
    whole,
    ["capture"],
  ],
];

for (const [name, sensor, made, scope, expected] of cases)
  test(`expects the attack where it must appear: ${name}`, async () => {
    const plan = await planOf(sensor);
    assert.equal(
      places.filter((place) => whyNotIn(place, made, plan, scope) === undefined),
      expected,
    );
  });

test("names what the capture must not have", async () => {
  const plan = await planOf({
    ...base,
    capture: { exclude_ports: [12_222, 5044], exclude_hosts: ["192.0.2.53", "192.0.2.64/26"] },
    siem: { logstash: "10.0.0.7:5044", plaintext: true },
    notify: { heartbeat: { url: { env: "BEAT" } } },
    metrics: { allow_from: ["198.51.100.9"] },
  });
  assert.equal(excludedFilters(plan, whole), [
    "tcp and port 12222 and host OWN and net 198.51.100.0/24",
    "tcp and port 19100 and host OWN and net 198.51.100.9/32",
    "src host 10.0.2.2 and dst port 12222",
    "src host 10.0.2.2 and dst port 5044",
    "host 192.0.2.53",
    "net 192.0.2.64/26",
    "host 10.0.0.7 and tcp port 5044",
    "src host OWN and tcp src portrange 61010-61017 and tcp[13] & 4 = 0",
  ]);
});

test("recognises uploads to a server with a name by their port, unless the sensor uses that port for more", async () => {
  const filters = async (logstash: string) =>
    excludedFilters(await planOf({ ...base, siem: { logstash, plaintext: true } }), whole).slice(1);
  assert.equal(await filters("siem.example.org:5044"), ["src host OWN and tcp dst port 5044"]);
  assert.equal(await filters("siem.example.org:443"), []);
});

test("no machine that may log in stands for a stranger", async () => {
  const allow = (...networks: readonly string[]) =>
    planOf({ ...base, admin: { ...base.admin, allow_from: networks } });
  const how = async (...networks: readonly string[]) =>
    promisesOf(await allow(...networks), whole).find(({ id }) => id === "admin-networks")?.how;
  assert.is(await how("10.0.0.0/8", "2001:db8::/32"), "a connection from 203.0.113.9");
  assert.is(await how("203.0.113.0/24"), "a connection from 198.51.100.9");
  assert.is(await how("203.0.113.0/24", "198.0.0.0/8", "192.0.2.9"), undefined);
});

test("attacks no port of the sensor's own", async () => {
  const plan = await planOf({ ...base, admin: { ...base.admin, ssh_port: 3389 } });
  assert.not(scannedPorts(plan).includes(3389));
  assert.not(forwardedPorts(plan).includes(3389));
});

test.run();
