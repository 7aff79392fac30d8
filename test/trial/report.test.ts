import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { displayWidth } from "../../src/diagnostics/display-width.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import type { Attack } from "../../src/trial/attacks/attack.ts";
import type { AttackRow, Observation } from "../../src/trial/observe/observe-trial.ts";
import { places } from "../../src/trial/observe/place.ts";
import { reportJson } from "../../src/trial/report/render-json.ts";
import { pageMark, renderPage } from "../../src/trial/report/render-page.ts";
import { renderText } from "../../src/trial/report/render-text.ts";
import type { TrialReport } from "../../src/trial/report/trial-report.ts";
import { diffOf } from "../support/golden-text.ts";

// One report of a trial in which something is missing and a server says hostile things, as text, JSON and page.

const test = suite("trial/report");
const hostile = '<script>alert("x")</script>\u001b[2J\u202e';

const attack = (id: Attack["id"], what: string, outcome: string): Attack => ({
  id,
  what,
  marker: "1f0c",
  ports: [22],
  outcome,
  seconds: 1.5,
});
const row = (made: Attack, states: string): AttackRow => ({
  attack: made,
  appearances: places.map((place, index) => ({
    place,
    state: states[index] === "s" ? "seen" : states[index] === "m" ? "missing" : "not expected",
    evidence:
      states[index] === "s"
        ? "/srv/log, line 3"
        : states[index] === "m"
          ? `not in /srv/log ${hostile}`
          : "the settings do not install DShield",
  })),
});
const promised = (id: Observation["id"], promise: string, more: Partial<Observation>): Observation => ({
  id,
  promise,
  how: "a look at it",
  absent: undefined,
  observed: true,
  evidence: "it was there",
  hint: "",
  seconds: 0.5,
  ...more,
});

const report: TrialReport = {
  sensor: "fra-vps",
  target: "nocloud",
  os: "debian-13",
  version: "0.1.0",
  steps: [
    { step: "boot", seconds: 61 },
    { step: "first boot", seconds: 140 },
  ],
  result: {
    observations: [
      promised("identity", "the machine is called fra-vps and its time zone is Etc/UTC", {}),
      promised(
        "limits",
        "captures are deleted after 14 days, logs after 30 days, archives after 14 days, and before the disk is 85% full",
        { observed: false, evidence: `the value is ${hostile}`, hint: "cat /etc/default/honeypot" },
      ),
      promised("siem", "Filebeat ships logs to siem.example.org:5044", {
        observed: undefined,
        evidence: "Filebeat cannot be downloaded",
      }),
    ],
    attacks: [
      row(attack("ssh-login", "SSH login on port 22 as ssh-1f0c", `SSH-2.0-${hostile}`), "smxsssx"),
      row(attack("port-scan", "scan of 12 ports", "ports 21, 22"), "sxxsxsx"),
    ],
    isComplete: false,
  },
  changed: undefined,
  sent: [
    {
      kind: "web server",
      to: "h.example.org:443",
      what: "webhook",
      name: "POST /TOKEN",
      bytes: 100,
      text: "secret",
    },
    {
      kind: "web server",
      to: "h.example.org:443",
      what: "webhook",
      name: "POST /TOKEN",
      bytes: 20,
      text: "secret",
    },
    { kind: "backup server", to: "b.example.org:22", what: "file", name: hostile, bytes: 5, text: "" },
  ],
  additions: [{ what: "/usr/local/share/ca-certificates/sensorbake-try.crt", why: "the stand-ins" }],
};

for (const [name, width] of [
  ["80", 80],
  ["200", 200],
  ["pipe", undefined],
] as const)
  test(`the text for ${name} columns is test/trial/golden/report-${name}.txt`, () => {
    const text = renderText(report, { width, color: false });
    const golden = join(packageRoot(), `test/trial/golden/report-${name}.txt`);
    if (process.env.UPDATE === "1") writeFileSync(golden, text);
    const want = existsSync(golden) ? readFileSync(golden, "utf8") : "";
    assert.ok(text === want, `${diffOf(want, text)}\nIf this is intended: npm test -- trial/report --update`);
    for (const line of text.split("\n")) assert.ok(displayWidth(line) <= (width ?? 1000), line);
    for (const character of ["\u001b", "\u202e"]) assert.not(text.includes(character));
  });

test("colours are added only where they are wanted, and change no text", () => {
  const colored = renderText(report, { width: 80, color: true });
  assert.match(colored, "\u001b[32mok\u001b[0m");
  assert.match(colored, "\u001b[31mMISSING");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for.
  assert.is(colored.replace(/\u001b\[\d+m/g, ""), renderText(report, { width: 80, color: false }));
});

test("no text, JSON or page has the token of a URL or what was sent", () => {
  for (const text of [
    renderText(report, { width: undefined, color: false }),
    JSON.stringify(reportJson(report)),
    renderPage(report, new Date(0)),
  ]) {
    assert.not.match(text, "TOKEN");
    assert.not.match(text, 'secret"');
  }
});

test("the JSON has every promise, attack and place", () => {
  const json = JSON.parse(JSON.stringify(reportJson(report)));
  assert.is(json.schema, 1);
  assert.is(json.passed, false);
  assert.equal(
    json.promises.map((one: { result: string }) => one.result),
    ["observed", "not_observed", "not_in_this_trial"],
  );
  assert.equal(
    json.attacks[0].places.map((one: { result: string }) => one.result),
    ["seen", "missing", "not_expected", "seen", "seen", "seen", "not_expected"],
  );
  assert.equal(json.sent[0], {
    server: "web server",
    to: "h.example.org:443",
    what: "webhook",
    count: 2,
    bytes: 120,
  });
});

test("the page is self-contained, and hostile text stays text", () => {
  const page = renderPage(report, new Date(0));
  assert.ok(page.includes(pageMark));
  assert.not.match(page, "<script");
  for (const character of ["\u001b", "\u202e"]) assert.not(page.includes(character));
  assert.ok(page.includes("&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;\\u{1b}[2J\\u{202e}"));
  assert.not.match(page, /(src|href|url)\s*[=(]/);
  const [, css = ""] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
  const hash = createHash("sha256").update(css).digest("base64");
  assert.ok(
    page.includes(`default-src 'none'; style-src 'sha256-${hash}'`),
    "the policy allows the page's own style",
  );
});

test("a trial in which everything was observed says so first", () => {
  const good: TrialReport = {
    ...report,
    result: { observations: report.result.observations.slice(0, 1), attacks: [], isComplete: true },
  };
  const [line] = renderText(good, { width: 80, color: false }).split("\n");
  assert.is(line, "fra-vps: everything was observed: 1 of 1 promises, 0 of 0 traces of attacks");
});

test("after a change, its promises count too and are shown apart", () => {
  const observation = promised("limits", "captures are deleted after 3 days", {
    observed: false,
    evidence: "the value is 14",
  });
  const one: TrialReport = {
    ...report,
    result: { observations: report.result.observations.slice(0, 1), attacks: [], isComplete: true },
    changed: { observations: [observation], attacks: [], isComplete: false },
  };
  const text = renderText(one, { width: 80, color: false });
  assert.match(text, "fra-vps: not everything was observed: 1 of 2 promises");
  assert.match(text, "PROMISES AFTER THE CHANGE\n!! captures are deleted after 3 days: the value is 14\n");
  assert.match(renderPage(one, new Date(0)), /Promises after the change[\s\S]*deleted after 3 days/);
  const json = JSON.parse(JSON.stringify(reportJson(one)));
  assert.equal([json.passed, json.changed_promises[0].result], [false, "not_observed"]);
  assert.is(JSON.parse(JSON.stringify(reportJson(report))).changed_promises, null);
});

test("a change that failed is reported beside what was observed before it", () => {
  const failure = `this sensor has another target ${hostile}`;
  const one: TrialReport = {
    ...report,
    result: { observations: report.result.observations.slice(0, 1), attacks: [], isComplete: true },
    changed: { failure },
  };
  const text = renderText(one, { width: undefined, color: false });
  assert.match(text, "fra-vps: not everything was observed: 1 of 1 promises");
  assert.match(text, "PROMISES AFTER THE CHANGE\n!! the change failed: this sensor has another target");
  const page = renderPage(one, new Date(0));
  assert.not(`${text}${page}`.includes("\u001b"));
  assert.not.match(page, "<script>");
  assert.match(page, /the change failed<\/span> this sensor has another target/);
  const json = JSON.parse(JSON.stringify(reportJson(one)));
  assert.equal([json.passed, json.changed_promises, json.change_failure], [false, [], failure]);
});

test.run();
