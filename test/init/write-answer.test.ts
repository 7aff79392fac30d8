import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { allQuestions, sharedQuestions } from "../../src/init/all-questions.ts";
import { defaultAnswers } from "../../src/init/answers.ts";
import { answersIn, entriesIn, isInexpressible, settingsOf } from "../../src/init/answers-in.ts";
import { another, questionsAbout } from "../../src/init/questions/sensors.ts";
import { settingsText } from "../../src/init/settings-text.ts";
import { writeAnswer } from "../../src/init/write-answer.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { ed25519Key } from "../support/keys.ts";

const test = suite("init/write-answer");

function questionOf(text: string, option: string, entry: number) {
  const answers = answersIn(parse(text), entry);
  if (option === "another") return another(answers.sensors.length - 1);
  const own = questionsAbout(entry).find((question) => question.option === option);
  const found = own ?? allQuestions(answers).find((question) => question.option === option);
  assert.ok(found, option);
  return found;
}

/** The text after an answer; it is refused with words. */
function answered(text: string, option: string, answer: string, entry = 0): string {
  const result = writeAnswer({ text, settings: parse(text), entry }, questionOf(text, option, entry), answer);
  return "text" in result ? result.text : `refused: ${result.complaint.message}`;
}

const settings = `# mine
version: 1
defaults: # all
    timezone:   Etc/UTC   # the zone
    target: hetzner
    admin: {ssh_keys: [ ${ed25519Key} ], allow_from: anywhere} # me

    unknown: [x, # y
      z]
sensors:
  # the first
  - {name: a, os: 'debian-12'}
  - name: b # second
    transfer: {host: 192.0.2.9, bandwidth_limit: 8}
    timezone: Europe/Berlin
`;

type Case = readonly [
  name: string,
  option: string,
  answer: string,
  from: string | RegExp,
  to: string,
  entry?: number,
];

const cases: readonly Case[] = [
  ["a shared setting in `defaults`", "timezone", "Asia/Tokyo", "Etc/UTC", "Asia/Tokyo"],
  ["the sensor's own value of a shared setting", "timezone", "Asia/Tokyo", "Europe/Berlin", "Asia/Tokyo", 1],
  ["a setting of one sensor, with its quotes", "os", "debian-13", "'debian-12'", "'debian-13'"],
  [
    "an inherited setting of one of several sensors, in its entry",
    "target",
    "nocloud",
    "'debian-12'}",
    "'debian-12', target: nocloud}",
  ],
  [
    "a word that becomes a list",
    "allow-from",
    "198.51.100.0/24, 2001:db8::/32",
    "anywhere",
    "[198.51.100.0/24, 2001:db8::/32]",
  ],
  ["a new setting of a group", "ssh-port", "2222", "anywhere}", "anywhere, ssh_port: 2222}"],
  [
    "a group",
    "heartbeat",
    "yes",
    "      z]\n",
    '      z]\n    notify:\n      heartbeat:\n        url: {env: "HEARTBEAT_URL_{sensor}"}\n',
  ],
  [
    "a server with its port",
    "transfer-host",
    "[2001:db8::5]:2222",
    "{host: 192.0.2.9, bandwidth_limit: 8}",
    "{host: 2001:db8::5, bandwidth_limit: 8, port: 2222}",
    1,
  ],
  ["a name", "sensor", "c", "name: b", "name: c", 1],
  ["another sensor", "another", "c", /$/, "  - name: c\n"],
];

for (const [name, option, answer, from, to, entry] of cases)
  test(`changes only ${name}`, () => {
    assert.is(answered(settings, option, answer, entry), settings.replace(from, to));
  });

const places: readonly (readonly [option: string, answer: string, none: string])[] = [
  ["transfer-host", "backups.example.org:2222", "-"],
  ["siem", "siem.example.org:5044", "-"],
  ["tools", "cowrieprocessor json_log_country", "-"],
  ["heartbeat", "yes", "no"],
  ["webhook", "matrix", "-"],
  ["mail-host", "mail.example.org", "-"],
  ["dshield", "yes", "no"],
  ["wifi", "lab", "-"],
  ["address", "203.0.113.5", "-"],
];

const initial = settingsText(defaultAnswers([ed25519Key]));
const flow = "{version: 1, sensors: [{name: a, target: pi}, {name: b, target: pi}]} # end\n";
const texts = [
  settings,
  initial,
  initial.replaceAll("\n", "\r\n"),
  flow,
  "version: 1\nsensors: [{name: a}]\n",
];

for (const [option, answer, none] of places)
  test(`an answer to ${option} and its opposite leave the text as it was`, () => {
    for (const text of option === "dshield" ? [initial] : texts) {
      const after = answered(text, option, answer);
      assert.is.not(after, text);
      assert.not.match(after, "refused");
      assert.is(answered(after, option, none), text);
    }
  });

test("another sensor has the system of the one before it, written only if it is not inherited", () => {
  const text = "defaults: {target: hetzner}\nsensors: [{name: a, os: debian-12}]\n";
  assert.is(answered(text, "another", "b"), text.replace("12}]", "12}, {name: b, os: debian-12}]"));
});

test("an answer removes a section with the settings that no question is about, and no comment of others", () => {
  const text = `defaults:
  # First.
  os: debian-13 # os

  # The server.
  transfer:
    host: a
    schedule: "0 5 * * *" # five
  # Last.
  network: {wifi: {ssid: x}, mtu: 1}
sensors: [{name: a, target: pi}]
`;
  const removed = `defaults:
  # First.
  os: debian-13 # os

  # Last.
  network: {wifi: {ssid: x}, mtu: 1}
sensors: [{name: a, target: pi}]
`;
  assert.is(answered(text, "transfer-host", "-"), removed);
  assert.is(answered(removed, "wifi", "-"), removed.replace("wifi: {ssid: x}, ", ""));
});

test("a setting that several sensors inherit is not removed for one of them", () => {
  const text = "defaults: {address: x, target: nocloud}\nsensors: [{name: a}, {name: b}]\n";
  assert.match(answered(text, "address", "-"), /^refused: the sensor inherits this/);
  const one = "defaults: {address: x, target: nocloud}\nsensors: [{name: a}]\n";
  assert.is(answered(one, "address", "-"), "defaults: {target: nocloud}\nsensors: [{name: a}]\n");
  const range = one.replace("name: a", 'name: "a-[1-2]"');
  assert.match(answered(range, "address", "-"), /^refused: /);
});

test("a secret in the text stays", () => {
  const text =
    "defaults: {dshield: {install: true, api_key: canary, email: a@example.org}}\nsensors: [{name: a, target: pi}]\n";
  assert.is(answered(text, "dshield-email", "b@example.org"), text.replace("a@", "b@"));
});

test("the variable of a secret keeps its name", () => {
  const pi = (name: string, ssid: string) =>
    `{name: ${name}, target: pi, network: {wifi: {ssid: ${ssid}, country: DE, psk: {env: MINE}}}}`;
  const text = `sensors: [${pi("a", "home")}, ${pi("b", "lab")}]\n`;
  assert.is(answered(text, "sensor", "c", 1), text.replace("name: b", "name: c"));
  assert.is(answered(text, "wifi", "home", 1), text.replace("lab", "home"));
});

test("a sensor gets the chosen system, whatever the others have", () => {
  const text =
    "defaults: {os: debian-12, target: nocloud}\nsensors: [{name: a, os: debian-13}, {name: b, os: ubuntu-24.04}]\n";
  assert.is(answered(text, "os", "debian-13", 1), text.replace("ubuntu-24.04", "debian-13"));
  assert.is(answered(text, "os", "ubuntu-24.04", 0), text.replace("debian-13", "ubuntu-24.04"));
  assert.is(answered(text, "target", "pi", 0), text.replace("os: debian-13", "os: raspios-13, target: pi"));
});

test("text in a place of something else is refused with words", () => {
  assert.match(
    answered("defaults: {admin: 5}\nsensors: [{name: a}]\n", "user", "x"),
    /^refused: this answer/,
  );
  assert.match(answered(settings, "tools", "other"), /^refused: the tools are/);
  assert.match(answered(settings, "another", "b"), /^refused: another sensor/);
});

test("an answer keeps the rest of the settings in a text with an unusual layout", () => {
  const sensors = 'sensors: [{"name": "a", \'target\': pi}, # x\n  {name: b,\n   target: pi,},\n]';
  for (const text of [
    `? defaults\n: timezone: Etc/UTC\n${sensors}`,
    `"defaults" : {"timezone":"Etc/UTC"}\n${sensors}`,
    `defaults:\n        timezone:\n         Etc/UTC # c\n${sensors}`,
    `defaults:\n  timezone: >- # c\n    Etc/UTC\n\n\n${sensors}\n`,
    `defaults:\n  timezone: |\n    Etc/UTC\n# c\n${sensors}\n`,
    `defaults: {x: "}", timezone: Etc/UTC\n  , y: [1, 2] }\n${sensors}`,
    `{defaults: {timezone: Etc/UTC}, ${sensors}}`,
    `---\ndefaults:\n  timezone: Etc/UTC\n  x:\n  - |\n   # no comment\n${sensors}\n...\n`,
    `# c\n\n\n${sensors}\ndefaults: {}`,
    `${sensors}\ndefaults: # nothing`,
  ])
    for (const [option, answer, changed] of [
      ["timezone", "Asia/Tokyo", { timezone: "Asia/Tokyo" }],
      ["heartbeat", "yes", { notify: { heartbeat: { url: { env: "HEARTBEAT_URL_{sensor}" } } } }],
      ["user", "ana", { admin: { user: "ana" } }],
    ] as const) {
      const { defaults, ...rest } = parse(text);
      const after = answered(text, option, answer, 1);
      assert.equal(parse(after), { ...rest, defaults: { ...defaults, ...changed } }, `${text}\n${after}`);
      for (const [comment = ""] of text.matchAll(/# \w/g)) assert.match(after, comment);
    }
});

test("the settings of each question are known", () => {
  const options = [...questionsAbout(0), ...sharedQuestions()].map(({ option }) => option);
  assert.equal([...options, "ssh-keys"].sort(), Object.keys(settingsOf).sort());
});

test("answers that the examples cannot express are recognised", () => {
  const text = `defaults:
  admin: {ssh_keys: [{file: me.pub}], allow_from+: [198.51.100.0/24], user: analyst}
  transfer: {host_key: [a, b], private_key: {env: KEY}}
  siem: {ca: {file: ca.pem}}
  notify: 5
  os: "a\\nb"
sensors: [{name: a, address: {x: 1}}]
`;
  const found = Object.keys(settingsOf).filter((option) => isInexpressible(parse(text), 0, option));
  assert.equal(found, [
    ...["os", "address", "ssh-keys", "allow-from", "host-key", "transfer-key"],
    ...["heartbeat", "webhook", "mail-host", "mail-to", "mail-from", "mail-user"],
  ]);
});

test("the answers of every example are unchanged by each of its own answers", () => {
  const folder = join(packageRoot(), "examples");
  for (const name of readdirSync(folder).filter((each) => each.endsWith(".yaml"))) {
    const text = readFileSync(join(folder, name), "utf8");
    for (const entry of entriesIn(parse(text)).keys()) {
      const answers = answersIn(parse(text), entry);
      for (const question of [...questionsAbout(entry), ...sharedQuestions()]) {
        if (!question.isAsked(answers)) continue;
        const answer = question.answer(answers);
        if (answer === undefined || isInexpressible(parse(text), entry, question.option)) continue;
        assert.is(answered(text, question.option, answer, entry), text, `${name} ${question.option}`);
      }
    }
  }
});

test.run();
