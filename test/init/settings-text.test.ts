import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { compile } from "../../src/artifacts/compile.ts";
import {
  type Answers,
  defaultAnswers,
  passphraseVariable,
  type SensorAnswers,
} from "../../src/init/answers.ts";
import { answersIn } from "../../src/init/answers-in.ts";
import { settingsText } from "../../src/init/settings-text.ts";
import { judge } from "../../src/load/judge-answers.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { targets } from "../../src/plan/targets.ts";
import { ed25519Key } from "../support/keys.ts";
import { nasty } from "../support/nasty.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("init/settings-text");
const usual = defaultAnswers([ed25519Key]);
const release = await readRelease();
const [first] = usual.sensors;
assert.ok(first);
const withSensor = (values: Partial<SensorAnswers>): Answers => ({
  ...usual,
  sensors: [{ ...first, ...values }],
});

// Any typed text is read back as this text: not as a key, a comment or a number.
function comesBack(typed: string): void {
  const settings = parse(
    settingsText({
      sensors: [
        {
          name: typed,
          target: "pi",
          os: typed,
          region: typed,
          wifi: { ssid: typed, country: typed },
          address: typed,
        },
        { name: "other", target: "ec2", os: "other", region: typed, wifi: undefined, address: undefined },
      ],
      dshield: { email: typed, userId: typed },
      timezone: typed,
      user: typed,
      sshPort: typed,
      sshKeys: [typed, typed],
      allowFrom: [typed, typed],
      egress: "restricted",
      transfer: { host: typed, port: typed, user: typed, path: typed, hostKey: typed, privateKey: typed },
      tools: ["json_log_country"],
      maxmindAccount: typed,
      siem: { logstash: typed, ca: typed },
      notify: {
        heartbeat: true,
        webhook: typed,
        mail: { host: typed, port: typed, to: [typed, typed], from: typed, user: typed },
      },
    }),
  );
  assert.equal(settings.defaults.os, typed);
  assert.equal(settings.defaults.timezone, typed);
  assert.equal(settings.defaults.admin, {
    user: typed,
    ssh_port: typed,
    ssh_keys: [typed, typed],
    allow_from: [typed, typed],
  });
  assert.equal(settings.defaults.dshield.email, typed);
  assert.equal(settings.defaults.dshield.user_id, typed);
  const { host, port, user, path, host_key, private_key } = settings.defaults.transfer;
  assert.equal([host, port, user, path, host_key, private_key.file], Array(6).fill(typed));
  assert.equal(settings.defaults.tools.json_log_country.geolite2.account_id, typed);
  assert.equal(settings.defaults.siem, { logstash: typed, ca: { file: typed } });
  assert.equal(settings.defaults.notify.webhook.format, typed);
  assert.equal(settings.defaults.notify.mail, {
    host: typed,
    port: typed,
    from: typed,
    to: [typed, typed],
    user: typed,
    password: { env: "MAIL_PASSWORD" },
  });
  assert.equal(settings.sensors.length, 2);
  assert.equal(settings.sensors[0].name, typed);
  assert.equal(settings.sensors[0].address, typed);
  assert.equal(settings.sensors[1].ec2.region, typed);
  assert.equal(settings.sensors[0].network.wifi, { ssid: typed, country: typed, psk: { env: "WIFI_PSK" } });
}

test("every nasty answer comes back as it was typed", () => {
  for (const typed of [
    ...nasty,
    "---",
    "... a",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "",
    " ",
    "null",
    "true",
    "1e5",
    "0x1f",
    "no",
    "~",
    "- a",
    "a: b",
    "#",
    "[",
    "x #y",
  ])
    comesBack(typed);
});

test("any line that can be typed comes back as it was typed", () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
  fc.assert(fc.property(line, comesBack), { numRuns: 200, seed: 1 });
});

test("any host name makes settings that check takes, also one that YAML would take for something else", async () => {
  for (const name of ["null", "true", "no", "1e5", "0x1f", "x-1"])
    assert.equal(await judge(withSensor({ name })), []);
});

test("the usual answers fit every target, with a system that it runs", async () => {
  for (const [target, { systems }] of Object.entries(targets))
    for (const os of systems) assert.equal(await judge(withSensor({ target, os })), [], `${target} ${os}`);
});

const everything: Partial<Answers> = {
  transfer: {
    host: "backups.example.org",
    port: 2222,
    user: "sensor-{sensor}",
    path: "/archives",
    hostKey: ed25519Key,
    privateKey: "sensor",
  },
  tools: ["cowrieprocessor", "json_log_country"],
  maxmindAccount: 123456,
  siem: { logstash: "siem.example.org:5044", ca: "siem-ca.pem" },
  notify: {
    heartbeat: true,
    webhook: "matrix",
    mail: {
      host: "mail.example.org",
      port: 465,
      to: ["ana@example.org", "bob@example.org"],
      from: "alerts@example.org",
      user: "alerts",
    },
  },
};
// PEM by its form.
const certificate = `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(300, 7).toString("base64")}\n-----END CERTIFICATE-----\n`;
const environment = {
  DSHIELD_API_KEY: "A".repeat(32),
  MAXMIND_LICENSE_KEY: "B".repeat(16),
  WIFI_PSK: "a passphrase",
  HEARTBEAT_URL_SENSOR_1: "https://example.org/heartbeat",
  WEBHOOK_URL: "https://example.org/webhook",
  WEBHOOK_TOKEN: "C".repeat(16),
  MAIL_PASSWORD: "D".repeat(16),
};

test("the answers can be read from the file that is made of them", () => {
  const sensor = { wifi: { ssid: "lab", country: "DE" }, address: "203.0.113.5", target: "pi" };
  const given = { ...usual, dshield: { email: "a@example.org", userId: 7 }, allowFrom: ["192.0.2.0/24"] };
  for (const answers of [
    usual,
    { ...withSensor(sensor), egress: "open" } as const,
    { ...given, ...everything, siem: { logstash: "a:1", ca: "plaintext" } },
    { ...given, ...everything, sensors: [first, { ...first, name: "b", target: "ec2", os: "debian-12" }] },
  ])
    assert.equal(answersIn(parse(settingsText(answers)), 0), answers);
});

for (const [name, more] of [
  ["the usual answers", {}],
  ["every feature", everything],
] as const)
  test(`the file that init writes can be built for every target and system with ${name}`, async () => {
    for (const [target, { systems }] of Object.entries(targets))
      for (const os of systems)
        for (const dshield of [undefined, { email: "a@example.org", userId: 7 }])
          for (const wifi of target === "pi" ? [undefined, { ssid: "home", country: "DE" }] : [undefined]) {
            const answers = {
              ...withSensor({ target, os, wifi }),
              dshield,
              allowFrom: ["9.9.9.0/24"],
              ...more,
            };
            const world = virtualWorld(
              { "/s.yaml": settingsText(answers), "/siem-ca.pem": certificate },
              { environment },
            );
            const { sensors, diagnostics } = await loadSettings("/s.yaml", world, { readSecrets: true });
            assert.equal(diagnostics, [], `${target} ${os}`);
            for (const { plan, secrets } of sensors)
              assert.not.ok("contributors" in compile(plan, secrets, release), `${target} ${os}`);
            assert.is(sensors.length, 1);
          }
  });

test("sensors in different Wi-Fi networks read their passphrases from different variables", () => {
  const pi = (name: string, ssid: string) => ({
    ...first,
    name,
    target: "pi",
    wifi: { ssid, country: "DE" },
  });
  const answers = {
    ...usual,
    sensors: [pi("attic-pi", "home"), pi("lab-pi", "lab"), pi("cellar-pi", "home")],
  };
  const variables = answers.sensors.map((sensor) => passphraseVariable(answers, sensor));
  assert.equal(variables, ["WIFI_PSK", "WIFI_PSK_LAB_PI", "WIFI_PSK"]);
  const second = { ...answers, sensors: [...answers.sensors, pi("desk-pi", "lab")] };
  assert.is(passphraseVariable(second, pi("desk-pi", "lab")), "WIFI_PSK_LAB_PI");
});

test("an answer that check refuses is refused, with words for it", async () => {
  const [problem] = await judge({ ...usual, timezone: "Berlin" });
  assert.match(problem?.hint ?? "", "did you mean Europe/Berlin?");
  assert.is((await judge(withSensor({ target: "gcp" })))[0]?.code, "target/os-mismatch");
});

test.run();
